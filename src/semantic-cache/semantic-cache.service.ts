import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { Metrics } from '../observability/metrics';
import { cacheFailureOf } from '../redis/redis-failure';
import type { AnswerIndex } from './answer-index';
import { AnswerIndexSelector } from './answer-index-selector';
import type { CacheAlias, CacheCandidate, CacheEntry, CacheLookup } from './cache-entry';
import { answerId, type CacheScope, scopeHash, spacelessHash } from './cache-scope';
import { foldVector } from '../common/vector';
import { ttlSecondsFor } from './ttl-decay';

/** An answer to be kept: all of an entry that its maker knows. */
export interface AnswerDraft extends Omit<
  CacheEntry,
  | 'id'
  | 'tenantId'
  | 'collectionId'
  | 'scopeHash'
  | 'spacelessHash'
  | 'byWordsAlone'
  | 'createdAtMs'
  | 'ttlSeconds'
> {
  scope: CacheScope;
  /** The question's, L2-normalised; null for one that is to be found by its very words alone. */
  vector: Float32Array | null;
  /** When the freshest of the source documents was last modified, in ms since the epoch; it decides the TTL. */
  freshestSourceMs: number;
}

/** Why an entry does not hold any more, as `rag_cache_stale_prevented_total{reason}` counts it. */
export type StaleReason = 'context_changed' | 'document_deleted';

/** What removes entries that might still hold, as `rag_cache_invalidations_total{cause}` counts it. */
export type InvalidationCause =
  | 'document_changed'
  | 'document_deleted'
  | 'collection_deleted'
  | 'space_changed'
  | 'feedback'
  | 'judge'
  | 'admin';

/** What the semantic cache was good for since this process started. */
export interface TallyCounts {
  hits: { exact: number; semantic: number };
  misses: number;
  savedTokens: number;
  savedUsd: number;
}

/** `GET /admin/cache/stats`: the tenant's entries now, and its hits since this process started. */
export interface SemanticCacheStats extends TallyCounts {
  /** Null while nobody knows which. */
  index: AnswerIndex['kind'] | null;
  /** Null while the index cannot be asked. */
  entries: number | null;
  bytes: number | null;
  /** Share of semantic hits that may be wrong, 0 to 1. */
  errorBudget: number;
}

/**
 * Earlier answers by question. It stores and finds; whether what it finds still holds and asks the same is for the
 * caller to judge. An index that fails is a miss, never an exception, except for purges, whose callers must know.
 */
@Injectable()
export class SemanticCacheService {
  private readonly logger = new Logger(SemanticCacheService.name);
  /** Share of semantic hits that may be wrong, 0 to 1. */
  private readonly errorBudget: number;
  /** Tenants that have asked something since this process started. */
  readonly activeTenants: ReadonlySet<string>;
  private readonly tenants = new Set<string>();
  private readonly tally = new CacheTally();
  /** The latest id of each scope object: a request needs that of its question several times. */
  private readonly ids = new WeakMap<CacheScope, { question: string; id: string }>();
  /** Operations whose latest call failed: the first failure in a row is logged, and the first success after it. */
  private readonly failing = new Set<string>();

  constructor(
    private readonly indexes: AnswerIndexSelector,
    config: AppConfig,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.activeTenants = this.tenants;
    this.errorBudget = config.semanticCache.errorBudget;
  }

  /** The key of the exact layer: equal for questions that may share an answer by their words alone. */
  entryId(scope: CacheScope, question: string): string {
    const known = this.ids.get(scope);
    if (known?.question === question) return known.id;
    const id = answerId(scopeHash(scope), question);
    this.ids.set(scope, { question, id });
    return id;
  }

  /** The entry of this very question, up to spelling and politeness. */
  exact(scope: CacheScope, question: string): Promise<CacheLookup> {
    this.tenants.add(scope.tenantId);
    const id = this.entryId(scope, question);
    const miss = { hit: false, reason: 'unavailable' } as const;
    return this.orElse<CacheLookup>('get', miss, (index) => index.get(scope.tenantId, id));
  }

  /**
   * Entries of the same scope whose questions are near, by falling similarity, above the threshold.
   * @param vector of the question's focus, L2-normalised
   * @param minSimilarity cosine, -1 to 1
   */
  nearest(
    scope: CacheScope,
    vector: Float32Array,
    limit: number,
    minSimilarity: number,
  ): Promise<CacheCandidate[]> {
    return this.orElse<CacheCandidate[]>('nearest', [], (index) =>
      index.nearest(scope.tenantId, scopeHash(scope), foldVector(vector), limit, minSimilarity),
    );
  }

  /** Keeps an answer. @returns its time to live in seconds; null if it could not be kept or cites nothing */
  async store({ scope, vector, freshestSourceMs, ...answer }: AnswerDraft): Promise<number | null> {
    if (answer.citations.length === 0) return null;
    const createdAtMs = this.clock.nowMs();
    const entry: CacheEntry = {
      ...answer,
      ...(vector === null && { byWordsAlone: true }),
      id: this.entryId(scope, answer.question),
      tenantId: scope.tenantId,
      collectionId: scope.collectionId,
      scopeHash: scopeHash(scope),
      spacelessHash: spacelessHash(scope),
      createdAtMs,
      ttlSeconds: ttlSecondsFor(freshestSourceMs, createdAtMs),
    };
    return this.orElse<number | null>('put', null, async (index) => {
      await index.put(entry, vector && foldVector(vector));
      return entry.ttlSeconds;
    });
  }

  /**
   * Lets a question in other words lead to an entry at once, until something in the collection changes.
   * @param alias when and how both were found to ask the same
   */
  async rememberWording(
    scope: CacheScope,
    question: string,
    entry: CacheEntry,
    alias: Omit<CacheAlias, 'entryId'>,
  ): Promise<void> {
    const id = this.entryId(scope, question);
    await this.orElse('alias', undefined, (index) =>
      index.putAlias(entry, id, { ...alias, entryId: entry.id }),
    );
  }

  /** Moves the epoch of an entry that was found to hold forward. @returns false if it changed meanwhile, or on failure */
  advance(entry: CacheEntry, epoch: string, citations: CacheEntry['citations']): Promise<boolean> {
    return this.orElse('advance', false, (index) =>
      index.advanceEpoch(entry, entry.epoch, { epoch, citations }),
    );
  }

  /** Removes an entry that does not hold any more; counted even if the index fails, as it was not served. */
  async drop(entry: CacheEntry, reason: StaleReason): Promise<void> {
    this.metrics.stalePrevented.inc({ reason });
    await this.orElse('delete', false, (index) => index.delete(entry.tenantId, entry.id));
  }

  /** Removes entries and other wordings by their ids. @throws AppError CACHE_UNAVAILABLE if some may remain */
  evict(tenantId: string, ids: readonly string[], cause: InvalidationCause): Promise<number> {
    return this.purge(cause, async (index) => {
      let evicted = 0;
      for (const id of ids) if (await index.delete(tenantId, id)) evicted++;
      return evicted;
    });
  }

  /** Removes all answers built on a document. @returns how many @throws AppError CACHE_UNAVAILABLE if some may remain */
  purgeDocument(tenantId: string, documentId: string, cause: InvalidationCause): Promise<number> {
    return this.purge(cause, (index) => index.deleteByDocument(tenantId, documentId));
  }

  /** Removes all answers of a collection. @returns how many @throws AppError CACHE_UNAVAILABLE if some may remain */
  purgeCollection(tenantId: string, collectionId: string, cause: InvalidationCause): Promise<number> {
    return this.purge(cause, (index) => index.deleteByCollection(tenantId, collectionId));
  }

  /** Removes all answers of a tenant. @returns how many @throws AppError CACHE_UNAVAILABLE if some may remain */
  purgeAll(tenantId: string, cause: InvalidationCause): Promise<number> {
    return this.purge(cause, (index) => index.deleteAll(tenantId));
  }

  /** Removes the answers to questions of a user. @returns how many @throws AppError CACHE_UNAVAILABLE if some may remain */
  purgeAskedBy(tenantId: string, askedBy: string): Promise<number> {
    return this.purge('admin', async (index) => {
      let purged = 0;
      for await (const entries of index.entriesOf(tenantId))
        for (const { id, askedBy: asker } of entries)
          if (asker === askedBy && (await index.delete(tenantId, id))) purged++;
      return purged;
    });
  }

  /** Counts a question answered from the cache for its tenant's statistics. */
  recordHit(tenantId: string, layer: 'exact' | 'semantic', saved: { tokens: number; usd: number }): void {
    this.tally.hit(tenantId, layer, saved);
  }

  /** Counts a question that the cache did not answer. */
  recordMiss(tenantId: string): void {
    this.tally.miss(tenantId);
  }

  async stats(tenantId: string): Promise<SemanticCacheStats> {
    const counts = this.tally.read(tenantId);
    const unknown = { index: null, entries: null, bytes: null };
    const state = await this.orElse<Pick<SemanticCacheStats, 'index' | 'entries' | 'bytes'>>(
      'stats',
      unknown,
      async (index) => ({ index: index.kind, ...(await index.stats(tenantId)) }),
    );
    return { ...state, errorBudget: this.errorBudget, ...counts };
  }

  private async purge(
    cause: InvalidationCause,
    purge: (index: AnswerIndex) => Promise<number>,
  ): Promise<number> {
    const purged = await purge(this.indexes.current());
    this.metrics.cacheInvalidations.inc({ cause }, purged);
    return purged;
  }

  private async orElse<T>(
    operation: string,
    fallback: T,
    call: (index: AnswerIndex) => Promise<T>,
  ): Promise<T> {
    try {
      const value = await call(this.indexes.current());
      if (this.failing.delete(operation)) this.logger.log(`The semantic cache works again (${operation}).`);
      return value;
    } catch (error) {
      this.report(operation, error);
      return fallback;
    }
  }

  private report(operation: string, error: unknown): void {
    const failure = cacheFailureOf(error);
    // A fault of our own is not a state: it is worth its stack each time.
    if (failure === null) {
      const stack = error instanceof Error ? error.stack : String(error);
      this.logger.error(`The semantic cache failed (${operation}): ${stack}`);
      return;
    }
    if (this.failing.has(operation)) return;
    this.failing.add(operation);
    const cause = (error as AppError).cause;
    const detail = cause instanceof Error ? `: ${cause.message}` : '';
    this.logger.warn(`The semantic cache does without its index (${operation}, ${failure}${detail}).`);
  }
}

/** Counts hits and misses of each tenant in this process: the metrics are of all tenants and of no use to one. */
class CacheTally {
  private readonly tenants = new Map<string, TallyCounts>();

  hit(tenantId: string, layer: 'exact' | 'semantic', saved: { tokens: number; usd: number }): void {
    const counts = this.of(tenantId);
    counts.hits[layer]++;
    counts.savedTokens += saved.tokens;
    counts.savedUsd += saved.usd;
  }

  miss(tenantId: string): void {
    this.of(tenantId).misses++;
  }

  /** @returns a copy */
  read(tenantId: string): TallyCounts {
    return structuredClone(this.tenants.get(tenantId) ?? NOTHING);
  }

  private of(tenantId: string): TallyCounts {
    let counts = this.tenants.get(tenantId);
    if (!counts) this.tenants.set(tenantId, (counts = structuredClone(NOTHING)));
    return counts;
  }
}

const NOTHING: TallyCounts = { hits: { exact: 0, semantic: 0 }, misses: 0, savedTokens: 0, savedUsd: 0 };
