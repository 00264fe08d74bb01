import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CLOCK, type Clock, isYounger } from '../common/clock';
import { sha256OfParts } from '../common/hash';
import type { Queryable } from '../database/read-replicas';
import { FROM_VECTOR_INDEXES } from '../database/vector-index';
import { canonicalFilter } from './passage-filter';
import type { SearchedSpace } from './search-plan';
import type { SearchRequest } from './search-request';

/** How long an estimate is believed. A wrong one costs time, never a result. */
const MAX_AGE_MS = 60_000;
const MAX_BROAD_REQUESTS = 10_000;
const MAX_COUNTS = 10_000;
const MAX_SPACES = 100;

/** How large the table of a space is, and whether it can be searched otherwise than by comparing all of it. */
export interface SpaceSize {
  /** Vectors as Postgres estimates them, of all tenants; 0 before its first ANALYZE. */
  rows: number;
  /** Whether there is an HNSW index that is valid. */
  indexed: boolean;
}

/**
 * What is known of the sizes that decide between exact scan and index: how many vectors a space has, how many chunks a
 * collection, and which requests match more chunks than an exact scan should compare.
 */
@Injectable()
export class SearchPlanner {
  /** By table. */
  private readonly spaces = new LRUCache<string, SpaceSize & { readAtMs: number }>({ max: MAX_SPACES });
  /** By tenant and collection. */
  private readonly counts = new LRUCache<string, { count: number; readAtMs: number }>({ max: MAX_COUNTS });
  private readonly broad = new LRUCache<string, number>({ max: MAX_BROAD_REQUESTS });

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  async sizeOf(database: Queryable, { table }: SearchedSpace): Promise<SpaceSize> {
    return this.known(this.spaces, table, async () => {
      const [size] = await database.query<SpaceSize>(
        `SELECT greatest(t.reltuples, 0)::float8 AS rows,
                EXISTS (SELECT ${FROM_VECTOR_INDEXES}
                        WHERE i.indrelid = t.oid AND i.indisvalid) AS indexed
         FROM pg_class t WHERE t.oid = to_regclass($1)`,
        [table],
      );
      return size ?? { rows: 0, indexed: false };
    });
  }

  /** Chunks of the request's collection. */
  async chunksOf(database: Queryable, { tenantId, collectionId }: SearchRequest): Promise<number> {
    const { count } = await this.known(this.counts, `${tenantId} ${collectionId}`, async () => {
      const [row] = await database.query<{ count: number }>(
        `SELECT chunk_count::float8 AS count FROM collection WHERE tenant_id = $1 AND id = $2`,
        [tenantId, collectionId],
      );
      return row ?? { count: 0 };
    });
    return count;
  }

  /** Whether a request was seen lately to match too many chunks for an exact scan. */
  isBroad(request: SearchRequest): boolean {
    const seenAtMs = this.broad.get(keyOf(request));
    return seenAtMs !== undefined && isYounger(seenAtMs, this.clock.nowMs(), MAX_AGE_MS);
  }

  markBroad(request: SearchRequest): void {
    this.broad.set(keyOf(request), this.clock.nowMs());
  }

  private async known<T extends object>(
    cache: LRUCache<string, T & { readAtMs: number }>,
    key: string,
    read: () => Promise<T>,
  ): Promise<T> {
    const nowMs = this.clock.nowMs();
    const known = cache.get(key);
    if (known && isYounger(known.readAtMs, nowMs, MAX_AGE_MS)) return known;
    const value = await read();
    cache.set(key, { ...value, readAtMs: nowMs });
    return value;
  }
}

/** Requests that match the same chunks have the same key. */
function keyOf({ tenantId, collectionId, principals, filter }: SearchRequest): string {
  return sha256OfParts([
    tenantId,
    collectionId,
    JSON.stringify([...principals].sort()),
    canonicalFilter(filter),
  ]);
}
