import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds, 1 ms to 1 minute: from a hit of the exact layer to a slow language model. */
const LATENCY_BUCKETS_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** Seconds, 50 ms to 1 hour: from one small document to a bulk behind a long queue. */
const LAG_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

/** Creates metrics in one registry. */
class MetricFactory {
  constructor(readonly registry: Registry) {}

  protected counter<T extends string>(name: string, help: string, ...labelNames: T[]): Counter<T> {
    return new Counter<T>({ name, help, labelNames, registers: [this.registry] });
  }

  protected gauge<T extends string>(name: string, help: string, ...labelNames: T[]): Gauge<T> {
    return new Gauge<T>({ name, help, labelNames, registers: [this.registry] });
  }

  protected histogram<T extends string>(
    name: string,
    help: string,
    buckets: number[],
    ...labelNames: T[]
  ): Histogram<T> {
    return new Histogram<T>({ name, help, buckets, labelNames, registers: [this.registry] });
  }
}

/**
 * Every metric of the service: name, help, labels. Each application has one instance with its own registry. Names and
 * labels are a public contract, used by dashboards. A label has few, fixed values, never a query, user, document or key.
 */
@Injectable()
export class Metrics extends MetricFactory {
  /** `layer`: `exact`, `semantic`. */
  readonly cacheHits = this.counter(
    'rag_cache_hits_total',
    'Answers served from the semantic cache',
    'layer',
  );
  readonly cacheMisses = this.counter(
    'rag_cache_misses_total',
    'Questions the semantic cache did not answer',
    'reason',
  );
  /** `route`: the pattern, not the path; `cache`: `exact`, `semantic`, `none`. */
  readonly requestLatency = this.histogram(
    'rag_request_latency_seconds',
    'Seconds of HTTP requests',
    LATENCY_BUCKETS_SECONDS,
    'route',
    'cache',
  );
  /** `kind`: the kind of failure. */
  readonly llmErrors = this.counter(
    'rag_llm_errors_total',
    'Failed calls of a language model',
    'model',
    'kind',
  );
  /** `kind`: `prompt`, `completion`. */
  readonly tokensConsumed = this.counter('rag_tokens_consumed_total', 'Tokens paid for', 'model', 'kind');
  readonly tokensSaved = this.counter('rag_tokens_saved_total', 'Tokens that cached answers saved', 'model');
  readonly costUsd = this.counter('rag_cost_usd_total', 'US dollars spent on language models', 'model');
  /** `verdict`: `same`, `different`, `none` if the judge gave none. */
  readonly cacheJudgements = this.counter(
    'rag_cache_judgements_total',
    'Verdicts of a language model on two questions',
    'verdict',
  );
  /** Over all tenants. `bound`: `estimate`, `lower`, `upper`. */
  readonly cacheWrongShare = this.gauge(
    'rag_cache_wrong_share',
    'Share of semantic hits that was wrong, with its 95 % interval, 0 to 1',
    'bound',
  );
  /** `SEMANTIC_CACHE_ERROR_BUDGET` */
  readonly cacheErrorBudget = this.gauge(
    'rag_cache_error_budget',
    'Share of semantic hits that may be wrong, 0 to 1',
  );
  /** Found by the auditor. */
  readonly staleResponses = this.counter(
    'rag_cache_stale_responses_total',
    'Stale answers served; must stay 0',
  );
  readonly stalePrevented = this.counter(
    'rag_cache_stale_prevented_total',
    'Cached answers refused because their evidence had changed',
    'reason',
  );
  readonly cacheInvalidations = this.counter(
    'rag_cache_invalidations_total',
    'Cached answers removed',
    'cause',
  );
  /** From the commit of the change. */
  readonly cacheInvalidationLag = this.histogram(
    'rag_cache_invalidation_lag_seconds',
    'Seconds from a change to the removal of the answers built on it',
    LATENCY_BUCKETS_SECONDS,
  );
  readonly cacheEntries = this.gauge('rag_cache_entries', 'Answers in the semantic cache');
  /** `tier`: `memory`, `redis`. */
  readonly embeddingCacheHits = this.counter(
    'rag_embedding_cache_hits_total',
    'Embeddings found in a cache',
    'tier',
  );
  readonly embeddingCacheMisses = this.counter(
    'rag_embedding_cache_misses_total',
    'Embeddings not found in a cache',
  );
  readonly embeddingCacheErrors = this.counter(
    'rag_embedding_cache_errors_total',
    'Failed calls of the embedding cache',
    'op',
  );
  readonly retrievalLatency = this.histogram(
    'rag_retrieval_latency_seconds',
    'Seconds of a stage of retrieval',
    LATENCY_BUCKETS_SECONDS,
    'stage',
  );
  readonly retrievalRecall = this.gauge(
    'rag_retrieval_recall',
    'Share of true neighbours found, live sample, 0 to 1',
  );
  readonly ingestDocuments = this.counter(
    'rag_ingest_documents_total',
    'Documents whose ingestion ended',
    'outcome',
  );
  readonly ingestChunks = this.counter('rag_ingest_chunks_total', 'Chunks whose ingestion ended', 'outcome');
  readonly ingestLag = this.histogram(
    'rag_ingest_lag_seconds',
    'Seconds from acceptance of a document until it is searchable',
    LAG_BUCKETS_SECONDS,
  );
  /**
   * At the latest count. Accepted documents without a job are the `backlog` of the queue `documents`. Every process reports
   * the same values.
   */
  readonly queueDepth = this.gauge('rag_queue_depth', 'Jobs by queue and state', 'queue', 'state');
  readonly degraded = this.gauge('rag_degraded', '1 while a dependency is unavailable', 'dependency');
  readonly rateLimited = this.counter('rag_rate_limited_total', 'Requests refused by a rate limit', 'limit');
  /** Checks that this process made by itself because Redis did not answer. */
  readonly rateLimitFallbacks = this.counter(
    'rag_rate_limit_fallbacks_total',
    'Rate limit checks without Redis',
  );
  /** `server`: `cache`, `queue`. */
  readonly redisMemoryRatio = this.gauge(
    'rag_redis_memory_ratio',
    'Share of its memory that a Redis uses, 0 to 1',
    'server',
  );
  /** Of this process, to the primary. `state`: `active`, `idle`; `waiting` are statements without a connection. */
  readonly databaseConnections = this.gauge(
    'rag_database_connections',
    'Connections to Postgres, and waiting statements',
    'state',
  );

  /** @param registry receives the metrics; it must not contain any of these names */
  constructor(registry: Registry = new Registry()) {
    super(registry);
    // Initial values: otherwise `rate` would miss the first event, and would be absent instead of 0 before it.
    for (const layer of ['exact', 'semantic']) this.cacheHits.inc({ layer }, 0);
    for (const outcome of ['searchable', 'failed']) this.ingestDocuments.inc({ outcome }, 0);
  }
}
