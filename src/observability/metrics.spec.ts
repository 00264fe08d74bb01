import { Metrics } from './metrics';

/** The public contract: names and labels. */
const CONTRACT: Record<string, string[]> = {
  rag_cache_hits_total: ['layer'],
  rag_cache_misses_total: ['reason'],
  rag_request_latency_seconds: ['route', 'cache'],
  rag_llm_errors_total: ['model', 'kind'],
  rag_tokens_consumed_total: ['model', 'kind'],
  rag_tokens_saved_total: ['model'],
  rag_cost_usd_total: ['model'],
  rag_cache_stale_responses_total: [],
  rag_cache_stale_prevented_total: ['reason'],
  rag_cache_invalidations_total: ['cause'],
  rag_cache_invalidation_lag_seconds: [],
  rag_cache_entries: [],
  rag_cache_judgements_total: ['verdict'],
  rag_cache_wrong_share: ['bound'],
  rag_cache_error_budget: [],
  rag_embedding_cache_hits_total: ['tier'],
  rag_embedding_cache_misses_total: [],
  rag_embedding_cache_errors_total: ['op'],
  rag_retrieval_latency_seconds: ['stage'],
  rag_retrieval_recall: [],
  rag_ingest_documents_total: ['outcome'],
  rag_ingest_chunks_total: ['outcome'],
  rag_ingest_lag_seconds: [],
  rag_queue_depth: ['queue', 'state'],
  rag_degraded: ['dependency'],
  rag_rate_limited_total: ['limit'],
  rag_rate_limit_fallbacks_total: [],
  rag_redis_memory_ratio: ['server'],
  rag_database_connections: ['state'],
};

describe('Metrics', () => {
  it('has exactly the names of the public contract', () => {
    const names = new Metrics().registry.getMetricsAsArray().map(({ name }) => name);
    expect(names.sort()).toEqual(Object.keys(CONTRACT).sort());
  });

  it.each(Object.entries(CONTRACT))('%s has the labels %j', async (name, labels) => {
    const { registry } = new Metrics();
    const metric = registry.getSingleMetric(name) as unknown as { labelNames: string[] };
    expect([...metric.labelNames].sort()).toEqual([...labels].sort());
  });

  it('two instances share no values', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    one.staleResponses.inc();
    expect((await one.staleResponses.get()).values[0].value).toBe(1);
    expect((await other.staleResponses.get()).values[0].value).toBe(0);
  });
});
