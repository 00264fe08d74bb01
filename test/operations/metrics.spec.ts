import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Evergreen, eventually } from '../support/evergreen';
import { citingAnswer, FakeOpenAiServer } from '../support/fake-openai-server';
import { CHECKOUT, startPrometheus, startRedis, type TestServer } from '../support/services';
import { type TestBackend, testBackend } from '../support/test-backend';

/** Every name that users, dashboards and acceptance checks rely on. */
const METRICS = [
  'rag_cache_hits_total',
  'rag_cache_misses_total',
  'rag_request_latency_seconds_bucket',
  'rag_llm_errors_total',
  'rag_tokens_consumed_total',
  'rag_tokens_saved_total',
  'rag_cost_usd_total',
  'rag_cache_stale_responses_total',
  'rag_cache_stale_prevented_total',
  'rag_cache_invalidations_total',
  'rag_cache_invalidation_lag_seconds_bucket',
  'rag_cache_entries',
  'rag_cache_judgements_total',
  'rag_cache_wrong_share',
  'rag_cache_error_budget',
  'rag_embedding_cache_hits_total',
  'rag_embedding_cache_misses_total',
  'rag_embedding_cache_errors_total',
  'rag_retrieval_latency_seconds_bucket',
  'rag_retrieval_recall',
  'rag_ingest_documents_total',
  'rag_ingest_chunks_total',
  'rag_ingest_lag_seconds_bucket',
  'rag_queue_depth',
  'rag_degraded',
  'rag_rate_limited_total',
  'rag_redis_memory_ratio',
  'rag_database_connections',
];

interface Dashboard {
  title: string;
  panels: { title: string; targets: { expr: string }[] }[];
}

const FOLDER = path.join(CHECKOUT, 'helm/evergreen/files/dashboards');
const dashboards = readdirSync(FOLDER).map(
  (file) => JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as Dashboard,
);
const queries = dashboards.flatMap(({ title, panels }) =>
  panels.flatMap((panel) => panel.targets.map(({ expr }) => [`${title}: ${panel.title}`, expr] as const)),
);

const isJudging = (messages: { content: string }[]) => messages[0].content.includes('compare two questions');
const QUESTION = 'Within how many days may customers return an item?';
const REWORDED = 'Within how many days can customers return an item?';
const refunds = (days: number) => ({
  external_id: 'refunds.md',
  content: `Customers may return an item within ${days} days of delivery.`,
});

/** Prometheus scrapes a service of two processes while every event that a panel shows happens. */
describe('a Prometheus that scrapes the service', () => {
  let backend: TestBackend;
  let provider: FakeOpenAiServer;
  let cache: TestServer;
  let prometheus: TestServer;
  let service: Evergreen;
  let limited: Evergreen;

  const ask = (of: Evergreen, query: string, more: object = {}) =>
    of.request('POST', '/query', { query, user_id: 'alice', ...more });

  async function drive(round: number): Promise<void> {
    await service.ingest([refunds(round)]);
    for (const query of [QUESTION, QUESTION, REWORDED]) await ask(service, query);
    // Another text that answers the same question: the cached answer is stale, and no event has purged it.
    const { content } = refunds(round);
    await service.ingest([
      { external_id: `copy-${round}.md`, content: `${content} This is new in ${round}.` },
    ]);
    await ask(service, QUESTION);
    // A change of a cited document purges the answer.
    await service.ingest([refunds(round + 1)]);
    // Either process may receive the event.
    const purged = () =>
      Promise.all([service, limited].map((one) => one.metric('rag_cache_invalidations_total')));
    await eventually(async () => (Math.max(...(await purged())) > 0 ? true : undefined), 'a purge');
    await service.request('POST', '/search', { query: 'return an item' });
    provider.script('chat', { kind: 'status', status: 500 });
    await ask(service, QUESTION, { cache: 'bypass' });
    // The first gets its embedding from Redis; for the second the rate limit of the language model is used up.
    for (let i = 0; i < 2; i++) await ask(limited, QUESTION, { cache: 'bypass' });
    cache.freeze();
    await ask(service, `Who wrote the rules of round ${round}?`);
    cache.thaw();
    await eventually(
      async () =>
        (await service.metric('rag_degraded', { dependency: 'redis_cache' })) === 0 ? true : undefined,
      'Redis to be back',
    );
  }

  async function scrapes(): Promise<true | undefined> {
    const reply = await fetch(`${prometheus.url}/api/v1/query?query=sum(up)`);
    const body = (await reply.json()) as { data: { result: { value: [number, string] }[] } };
    return body.data.result[0]?.value[1] === '2' ? true : undefined;
  }

  beforeAll(async () => {
    [backend, provider, cache] = await Promise.all([
      testBackend(),
      FakeOpenAiServer.start({
        answer: (messages) => (isJudging(messages) ? 'SAME' : citingAnswer(messages)),
      }),
      startRedis({ role: 'cache' }),
    ]);
    const env = {
      LLM_PROVIDER: 'openai',
      OPENAI_BASE_URL: provider.url,
      REDIS_CACHE_URL: cache.url,
      SEMANTIC_CACHE_JUDGE: 'after',
      SEMANTIC_CACHE_JUDGE_SHARE: '1',
    };
    service = await backend.start(env);
    limited = await backend.start({
      ...env,
      ROLE: 'api',
      LLM_REQUESTS_PER_MINUTE: '1',
      LLM_DEADLINE_MS: '1000',
    });
    const targets = [service, limited].map(({ url }) => new URL(url).host);
    const settings = {
      global: { scrape_interval: '1s' },
      scrape_configs: [{ job_name: 'evergreen', static_configs: [{ targets }] }],
    };
    prometheus = await startPrometheus({ 'prometheus.yaml': JSON.stringify(settings) });
    // It begins to scrape some seconds after it is ready; what happened before then has no rate.
    await eventually(scrapes, 'Prometheus to scrape both processes');
    await drive(1);
    // Counters that begin with their first event show a rate from the next scrape on.
    await delay(2500);
    await drive(20);
    await delay(2500);
  }, 180_000);
  afterAll(async () => {
    await backend.destroy();
    await Promise.all([provider.close(), cache.destroy(), prometheus?.destroy()]);
  });

  it.each(METRICS)('finds %s', async (name) => {
    const [own, other] = await Promise.all(
      [service, limited].map((one) => one.request<string>('GET', '/metrics')),
    );
    const samples = `${own.body}\n${other.body}`
      .split('\n')
      .filter((line) => line.match(/^\w+/)?.[0] === name);
    expect(samples).not.toEqual([]);
  });

  it('finds only labels with few, fixed values', async () => {
    const { body } = await service.request<string>('GET', '/metrics');
    const labels = [...body.matchAll(/^rag_\w+\{(.*)\}/gm)].flatMap(
      ([, text]) => text.match(/"[^"]*"/g) ?? [],
    );
    for (const label of labels) expect(label).not.toMatch(/return|alice|refunds|[0-9a-f]{8}-[0-9a-f]{4}/);
  });

  it.each(queries)('has data for %s (%s)', async (_, expr) => {
    const query = expr.replaceAll('$__rate_interval', '10s').replaceAll('$__range', '5m');
    const endS = Date.now() / 1000;
    const range = { query, start: String(endS - 60), end: String(endS), step: '1' };
    const reply = await fetch(
      `${prometheus.url}/api/v1/query_range?${new URLSearchParams(range).toString()}`,
    );
    const body = (await reply.json()) as {
      status: string;
      error?: string;
      data: { result: { values: [number, string][] }[] };
    };
    expect([body.status, body.error]).toEqual(['success', undefined]);
    const numbers = body.data.result.flatMap(({ values }) => values.map(([, value]) => Number(value)));
    expect(numbers.some(Number.isFinite)).toBe(true);
  });
});
