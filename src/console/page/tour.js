import { milliseconds } from './amounts.js';
import { ask } from './ask.js';
import { offerCollections } from './collections.js';
import { byId, element, say, whileBusy } from './element.js';
import { followJob } from './ingest-jobs.js';
import { call } from './service.js';

/** The tour's collection; no other is changed. */
const COLLECTION = 'console-tour';
const QUESTION = 'How many days do customers have to return an item?';
const REWORDED = 'How many days do customers have for returning an item?';

/** The steps; `run` returns what is shown. */
const STEPS = [
  { what: 'A document says that items can be returned within 30 days.', run: () => ingest(30) },
  { what: 'Alice asks.', run: () => askAs('alice', QUESTION) },
  { what: 'Bob asks in other words: the answer comes from the cache.', run: () => askAs('bob', REWORDED) },
  { what: 'The document changes to 14 days.', run: () => ingest(14) },
  {
    what: 'Alice asks again: the cached answer is outdated, so it is not served.',
    run: () => askAs('alice', QUESTION),
  },
];

/** Connects the buttons of the tour. */
export function startTour() {
  const tour = byId('tour');
  byId('tour-steps').replaceChildren(
    ...STEPS.map(({ what }) => element('li', {}, what, element('span', { className: 'outcome' }))),
  );
  byId('tour-start').addEventListener('click', () => void whileBusy(tour, run));
  byId('tour-remove').addEventListener('click', () => void whileBusy(tour, remove));
}

async function run() {
  const steps = [...byId('tour-steps').children];
  for (const step of steps) {
    step.className = '';
    step.lastElementChild.textContent = '';
  }
  let current = steps[0];
  try {
    await forget();
    await call('POST', 'admin/collections', { name: COLLECTION, description: 'The tour of the console' });
    for (const [i, { run: does }] of STEPS.entries()) {
      current = steps[i];
      current.className = 'running';
      current.lastElementChild.replaceChildren(...(await does()));
      current.className = 'passed';
    }
    byId('ask-form').elements.collection.value = COLLECTION;
    byId('tour-remove').hidden = false;
    await offerCollections();
    say('The tour has ended; its answers are below.');
  } catch (error) {
    current.className = 'stopped';
    current.lastElementChild.textContent = error.message;
  }
}

async function remove() {
  try {
    await forget();
    byId('tour-remove').hidden = true;
    byId('ask-form').elements.collection.value = 'default';
    await offerCollections();
  } catch (error) {
    byId('tour-steps').lastElementChild.lastElementChild.textContent = error.message;
  }
}

/** Removes the collection of an earlier tour. */
async function forget() {
  const { collections } = await call('GET', 'admin/collections');
  if (collections.some(({ name }) => name === COLLECTION))
    await call('DELETE', `admin/collections/${COLLECTION}`);
}

async function ingest(days) {
  const startedMs = performance.now();
  const content =
    `# Returns\n\nCustomers may return an item within ${days} days of delivery. ` +
    'The refund goes to the original means of payment.\n';
  const documents = [{ external_id: 'returns.md', mime_type: 'text/markdown', content }];
  const { job_id: jobId } = await call('POST', 'admin/ingest', { collection: COLLECTION, documents });
  const { status, documents: done } = await followJob(jobId, () => undefined);
  if (status !== 'completed') throw new Error(done[0].error?.message ?? status);
  return [`version ${done[0].version} is searchable after ${milliseconds(performance.now() - startedMs)}`];
}

async function askAs(userId, query) {
  const answer = await ask({ query, user_id: userId, collection: COLLECTION, cache: 'use' });
  if (answer === null) throw new Error('No answer; the card below shows why.');
  const { layer } = answer.cache;
  return [
    element('span', { className: `badge ${layer}`, textContent: layer }),
    `“${answer.response.replaceAll(/ ?\[\d+\]/g, '')}” in ${milliseconds(answer.latency_ms)}`,
  ];
}
