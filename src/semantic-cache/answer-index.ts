import type { CacheAlias, CacheCandidate, CacheEntry, CacheLookup } from './cache-entry';

export interface AnswerIndexStats {
  entries: number;
  bytes: number;
}

/**
 * Where answers are kept and found, by id and by nearness. Every driver passes
 * `test/contract/answer-index.contract.ts`. Drivers store; they never judge whether an entry still holds.
 * A driver that cannot reach its server throws AppError `CACHE_UNAVAILABLE`; the service turns that into a miss.
 */
export interface AnswerIndex {
  readonly kind: 'memory' | 'vector-set' | 'search';

  /** The entry of this id, or the one that this id is an alias of, unless it has expired. */
  get(tenantId: string, id: string): Promise<CacheLookup>;

  /**
   * Unexpired entries of the same scope by falling similarity.
   * @param vector L2-normalised; entries of another length are never returned
   * @param minSimilarity cosine, [-1, 1]
   */
  nearest(
    tenantId: string,
    scopeHash: string,
    vector: Float32Array,
    limit: number,
    minSimilarity: number,
  ): Promise<CacheCandidate[]>;

  /**
   * Stores or replaces an entry; it expires `ttlSeconds` after `createdAtMs`, never later.
   * @param vector its question's, L2-normalised; null: it is found by its id alone
   */
  put(entry: CacheEntry, vector: Float32Array | null): Promise<void>;

  /** Lets an id lead to an entry, as long as that lives. An entry of that id of its own goes first. */
  putAlias(entry: CacheEntry, aliasId: string, alias: CacheAlias): Promise<void>;

  /**
   * Moves the epoch of an entry forward (and replaces its citations) if it still is `expectedEpoch`.
   * @returns whether it was; false also when the entry is gone
   */
  advanceEpoch(
    entry: CacheEntry,
    expectedEpoch: string,
    next: Pick<CacheEntry, 'epoch' | 'citations'>,
  ): Promise<boolean>;

  /** Removes an entry or an alias. @returns whether the entry was there */
  delete(tenantId: string, id: string): Promise<boolean>;

  /** Removes every entry whose evidence includes a document. @returns how many */
  deleteByDocument(tenantId: string, documentId: string): Promise<number>;

  /** Removes every entry of a collection. @returns how many */
  deleteByCollection(tenantId: string, collectionId: string): Promise<number>;

  /** Removes every entry of a tenant. @returns how many */
  deleteAll(tenantId: string): Promise<number>;

  /** Every unexpired entry of a tenant, some at a time; those that come or go meanwhile may be among them or not. */
  entriesOf(tenantId: string): AsyncIterable<readonly CacheEntry[]>;

  stats(tenantId: string): Promise<AnswerIndexStats>;
}
