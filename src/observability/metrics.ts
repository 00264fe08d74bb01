import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds, 1 ms to 1 minute: from a hit of the exact layer to a slow language model. */
const LATENCY_BUCKETS_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** Seconds, 50 ms to 1 hour: from one small document to a bulk behind a long queue. */
const LAG_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

/**
 * Every metric of the service, in one place: one instance, one registry per application. Names and labels are
 * a contract (dashboards use them); the values of every label are a small fixed set, never a query, user,
 * document or key. The member `cacheHits` is `rag_cache_hits_total`, and so on.
 */
@Injectable()
export class Metrics {
  /** Answers served from the semantic cache; `layer`: `exact`, `semantic`. */
  readonly cacheHits: Counter<'layer'>;
  /** Questions that the semantic cache did not answer, by `reason`. */
  readonly cacheMisses: Counter<'reason'>;
  /** Seconds of HTTP requests by route pattern; `cache`: `exact`, `semantic`, `none`. */
  readonly requestLatency: Histogram<'route' | 'cache'>;
  /** Failed calls of a language model, by `kind` of failure. */
  readonly llmErrors: Counter<'model' | 'kind'>;
  /** Tokens paid for; `kind`: `prompt`, `completion`. */
  readonly tokensConsumed: Counter<'model' | 'kind'>;
  /** Tokens that a cached answer made unnecessary. */
  readonly tokensSaved: Counter<'model'>;
  /** Spent on the language model, in US dollars. */
  readonly costUsd: Counter<'model'>;
  /** Verdicts of a language model on two questions; `verdict`: `same`, `different`, `none` where it gave none. */
  readonly cacheJudgements: Counter<'verdict'>;
  /** Share (0 to 1) of the semantic hits that was wrong, of all tenants; `bound`: `estimate`, `lower`, `upper` (95 %). */
  readonly cacheWrongShare: Gauge<'bound'>;
  /** Share (0 to 1) of the semantic hits that may be wrong, as it is set. */
  readonly cacheErrorBudget: Gauge;
  /** Stale answers that were served, found by the auditor. Must stay 0. */
  readonly staleResponses: Counter;
  /** Cached answers refused because they were no longer coherent, by `reason`. */
  readonly stalePrevented: Counter<'reason'>;
  /** Cached answers removed, by `cause`. */
  readonly cacheInvalidations: Counter<'cause'>;
  /** Seconds from a change's commit to the removal of the answers built on it. */
  readonly cacheInvalidationLag: Histogram;
  /** Answers in the semantic cache at the latest count. */
  readonly cacheEntries: Gauge;
  /** Embeddings found in a cache; `tier`: `memory`, `redis`. */
  readonly embeddingCacheHits: Counter<'tier'>;
  /** Embeddings that the model had to compute. */
  readonly embeddingCacheMisses: Counter;
  /** Failed calls of the embedding cache's Redis, by `op`. */
  readonly embeddingCacheErrors: Counter<'op'>;
  /** Seconds of one `stage` of retrieval. */
  readonly retrievalLatency: Histogram<'stage'>;
  /** Share (0 to 1) of the true neighbours that the index found in the latest live sample. */
  readonly retrievalRecall: Gauge;
  /** Documents that ended their way in, by `outcome`. */
  readonly ingestDocuments: Counter<'outcome'>;
  /** Chunks that ended their way in, by `outcome`. */
  readonly ingestChunks: Counter<'outcome'>;
  /** Seconds from the acceptance of a document to its being searchable. */
  readonly ingestLag: Histogram;
  /**
   * Jobs in a `queue` (`chunk`, `embed`) by `state` at the latest count; documents that wait for their tenant's turn and
   * for which there is no job yet are `backlog` of the queue `documents`. Every process shows the same.
   */
  readonly queueDepth: Gauge<'queue' | 'state'>;
  /** 1 while the service does without a `dependency`, else 0. */
  readonly degraded: Gauge<'dependency'>;
  /** Requests refused by a rate `limit`. */
  readonly rateLimited: Counter<'limit'>;
  /** Draws from rate limits that Redis did not serve: this process went by its own. */
  readonly rateLimitFallbacks: Counter;
  /** Share (0 to 1) of its memory that a Redis `server` uses: `cache`, `queue`. */
  readonly redisMemoryRatio: Gauge<'server'>;
  /** Connections of this process to the primary by `state`: `active`, `idle`; `waiting` are statements without one. */
  readonly databaseConnections: Gauge<'state'>;

  /** @param registry receives the metrics; it must hold none of these names yet */
  constructor(readonly registry: Registry = new Registry()) {
    const counter = <T extends string>(name: string, help: string, ...labelNames: T[]) =>
      new Counter<T>({ name, help, labelNames, registers: [registry] });
    const gauge = <T extends string>(name: string, help: string, ...labelNames: T[]) =>
      new Gauge<T>({ name, help, labelNames, registers: [registry] });
    const histogram = <T extends string>(name: string, help: string, buckets: number[], ...labelNames: T[]) =>
      new Histogram<T>({ name, help, buckets, labelNames, registers: [registry] });

    this.cacheHits = counter('rag_cache_hits_total', 'Answers served from the semantic cache', 'layer');
    this.cacheMisses = counter(
      'rag_cache_misses_total',
      'Questions the semantic cache did not answer',
      'reason',
    );
    this.requestLatency = histogram(
      'rag_request_latency_seconds',
      'Seconds of HTTP requests',
      LATENCY_BUCKETS_SECONDS,
      'route',
      'cache',
    );
    this.llmErrors = counter('rag_llm_errors_total', 'Failed calls of a language model', 'model', 'kind');
    this.tokensConsumed = counter('rag_tokens_consumed_total', 'Tokens paid for', 'model', 'kind');
    this.tokensSaved = counter('rag_tokens_saved_total', 'Tokens that cached answers saved', 'model');
    this.costUsd = counter('rag_cost_usd_total', 'US dollars spent on language models', 'model');
    this.cacheJudgements = counter(
      'rag_cache_judgements_total',
      'Verdicts of a language model on two questions',
      'verdict',
    );
    this.cacheWrongShare = gauge(
      'rag_cache_wrong_share',
      'Share of semantic hits that was wrong, with its 95 % interval, 0 to 1',
      'bound',
    );
    this.cacheErrorBudget = gauge(
      'rag_cache_error_budget',
      'Share of semantic hits that may be wrong, 0 to 1',
    );
    this.staleResponses = counter('rag_cache_stale_responses_total', 'Stale answers served; must stay 0');
    this.stalePrevented = counter(
      'rag_cache_stale_prevented_total',
      'Cached answers refused as no longer coherent',
      'reason',
    );
    this.cacheInvalidations = counter('rag_cache_invalidations_total', 'Cached answers removed', 'cause');
    this.cacheInvalidationLag = histogram(
      'rag_cache_invalidation_lag_seconds',
      'Seconds from a change to the removal of the answers built on it',
      LATENCY_BUCKETS_SECONDS,
    );
    this.cacheEntries = gauge('rag_cache_entries', 'Answers in the semantic cache');
    this.embeddingCacheHits = counter(
      'rag_embedding_cache_hits_total',
      'Embeddings found in a cache',
      'tier',
    );
    this.embeddingCacheMisses = counter(
      'rag_embedding_cache_misses_total',
      'Embeddings not found in a cache',
    );
    this.embeddingCacheErrors = counter(
      'rag_embedding_cache_errors_total',
      'Failed calls of the embedding cache',
      'op',
    );
    this.retrievalLatency = histogram(
      'rag_retrieval_latency_seconds',
      'Seconds of a stage of retrieval',
      LATENCY_BUCKETS_SECONDS,
      'stage',
    );
    this.retrievalRecall = gauge(
      'rag_retrieval_recall',
      'Share of true neighbours found, live sample, 0 to 1',
    );
    this.ingestDocuments = counter(
      'rag_ingest_documents_total',
      'Documents that ended their way in',
      'outcome',
    );
    this.ingestChunks = counter('rag_ingest_chunks_total', 'Chunks that ended their way in', 'outcome');
    this.ingestLag = histogram(
      'rag_ingest_lag_seconds',
      'Seconds from acceptance of a document to its being searchable',
      LAG_BUCKETS_SECONDS,
    );
    this.queueDepth = gauge('rag_queue_depth', 'Jobs by queue and state', 'queue', 'state');
    this.degraded = gauge('rag_degraded', '1 while the service does without a dependency', 'dependency');
    this.rateLimited = counter('rag_rate_limited_total', 'Requests refused by a rate limit', 'limit');
    this.rateLimitFallbacks = counter(
      'rag_rate_limit_fallbacks_total',
      'Draws from rate limits that Redis did not serve',
    );
    this.redisMemoryRatio = gauge(
      'rag_redis_memory_ratio',
      'Share of its memory that a Redis uses, 0 to 1',
      'server',
    );
    this.databaseConnections = gauge(
      'rag_database_connections',
      'Connections to Postgres, and waiting statements',
      'state',
    );
    // A rate needs a first value: without it, the first hit would not be seen, and no hit at all were no rate of 0.
    for (const layer of ['exact', 'semantic']) this.cacheHits.inc({ layer }, 0);
    for (const outcome of ['searchable', 'failed']) this.ingestDocuments.inc({ outcome }, 0);
  }
}
