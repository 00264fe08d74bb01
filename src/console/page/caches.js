import { bytes, count, dollars, percent, whole } from './amounts.js';
import { offerCollections } from './collections.js';
import { confirmed } from './confirm.js';
import { byId, element, showError, showFigures, valuesOf } from './element.js';
import { call, withQuery } from './service.js';

/** Makes forms and buttons of the view work. */
export function startCaches() {
  byId('caches-reload').addEventListener('click', () => void showCaches());
  byId('purge-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const { collection } = valuesOf(byId('purge-form'));
    const which = collection === '' ? 'all collections' : `the collection ${collection}`;
    void purge({
      title: 'Purge cached answers?',
      text: `All cached answers of ${which} are removed. The next questions are answered by the language model.`,
      path: withQuery('admin/cache', { collection }),
      noun: 'answer',
    });
  });
  byId('forget-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const { model } = valuesOf(byId('forget-form'));
    void purge({
      title: 'Delete embeddings?',
      text: `All cached embeddings of ${model}, of all tenants, are removed. Texts are embedded again when needed.`,
      path: withQuery('admin/embedding-cache', { model }),
      noun: 'embedding',
    });
  });
}

/** Shows the figures as they are now. */
export async function showCaches() {
  const error = byId('caches-error');
  showError(error, null);
  await offerCollections().catch(() => undefined);
  const shown = await Promise.allSettled([
    call('GET', 'admin/cache/stats').then(showAnswers),
    call('GET', 'admin/embedding-cache/stats').then(showEmbeddings),
    call('GET', 'admin/usage').then(showUsage),
  ]);
  const failed = shown.find(({ status }) => status === 'rejected');
  if (failed) showError(error, failed.reason);
  await offerModels().catch(() => undefined);
}

function showAnswers(stats) {
  const { hits, misses } = stats;
  const all = hits.exact + hits.semantic + misses;
  showFigures(byId('answer-stats'), [
    ['Entries', whole(stats.entries)],
    ['Size', bytes(stats.bytes)],
    ['Exact hits', whole(hits.exact)],
    ['Semantic hits', whole(hits.semantic)],
    ['Misses', whole(misses)],
    ['Hit rate', percent((all - misses) / all)],
    ['Tokens saved', whole(stats.saved_tokens)],
    ['Dollars saved', dollars(stats.saved_usd)],
    ['Error budget', `${(100 * stats.error_budget).toFixed(2)} %`],
    ['Wrong, 95 % interval', interval(stats.wrong_share)],
    ['Index', stats.index ?? 'unavailable'],
  ]);
}

function interval(share) {
  if (share === null) return 'not judged';
  return `${(100 * share.lower).toFixed(2)}–${(100 * share.upper).toFixed(2)} % of ${whole(share.judged)}`;
}

function showEmbeddings(stats) {
  showFigures(byId('embedding-stats'), [
    ['Embeddings', whole(stats.total_cached_embeddings)],
    ['Bytes each', whole(stats.bytes_per_embedding)],
    ['Redis uses', bytes(stats.redis_memory_used)],
    ['Hits', whole(stats.hits)],
    ['Misses', whole(stats.misses)],
    ['Hit rate', percent(stats.hits + stats.misses === 0 ? null : stats.hit_rate)],
    ['Kept for', count(stats.cache_ttl_days, 'day')],
  ]);
}

function showUsage({ total, budget }) {
  showFigures(byId('usage-stats'), [
    ['Answers from the cache', whole(total.saved_answers)],
    ['Tokens saved', whole(total.saved_tokens)],
    ['Dollars saved', dollars(total.saved_usd)],
    ['Model calls', whole(total.calls)],
    ['Tokens spent', whole(total.prompt_tokens + total.completion_tokens)],
    ['Dollars spent', dollars(total.cost_usd)],
    ['Budget', budget.monthly_usd === null ? 'no limit' : `${dollars(budget.monthly_usd)} (${budget.state})`],
  ]);
}

/** The names of models; only the operator may ask for them. */
async function offerModels() {
  const { embedding_spaces: spaces } = await call('GET', 'admin/embedding-spaces');
  const names = [...new Set(spaces.map(({ model }) => model))];
  byId('models').replaceChildren(...names.map((name) => element('option', { value: name })));
}

async function purge({ title, text, path, noun }) {
  if (!(await confirmed(title, text, 'Remove'))) return;
  const done = byId('caches-done');
  done.hidden = true;
  try {
    const { purged } = await call('DELETE', path);
    await showCaches();
    done.textContent = `${count(purged, noun)} removed.`;
    done.hidden = false;
  } catch (error) {
    showError(byId('caches-error'), error);
  }
}
