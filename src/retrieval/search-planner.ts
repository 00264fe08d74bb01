import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CLOCK, type Clock, isYounger } from '../common/clock';
import { sha256OfParts } from '../common/hash';
import type { Queryable } from '../database/read-replicas';
import { canonicalFilter } from './passage-filter';
import type { SearchedSpace } from './search-plan';
import type { SearchRequest } from './search-request';

/** How long an estimate is believed. A wrong one costs time, never a result. */
const MAX_AGE_MS = 60_000;
const MAX_BROAD_REQUESTS = 10_000;
const MAX_COUNTS = 10_000;

interface Count {
  count: number;
}

/**
 * What is known of the sizes that decide between exact scan and index: how many vectors a space has, how many chunks a
 * collection, and which requests match more chunks than an exact scan should compare.
 */
@Injectable()
export class SearchPlanner {
  /** By table, or by tenant and collection. */
  private readonly counts = new LRUCache<string, Count & { readAtMs: number }>({ max: MAX_COUNTS });
  private readonly broad = new LRUCache<string, number>({ max: MAX_BROAD_REQUESTS });

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** Vectors in the space's table as Postgres estimates them, of all tenants; 0 before its first ANALYZE. */
  async rowsOf(database: Queryable, { table }: SearchedSpace): Promise<number> {
    return this.countOf(table, () =>
      database.query<Count>(
        `SELECT greatest(reltuples, 0)::float8 AS count FROM pg_class WHERE oid = to_regclass($1)`,
        [table],
      ),
    );
  }

  /** Chunks of the request's collection. */
  async chunksOf(database: Queryable, { tenantId, collectionId }: SearchRequest): Promise<number> {
    return this.countOf(`${tenantId} ${collectionId}`, () =>
      database.query<Count>(
        `SELECT chunk_count::float8 AS count FROM collection WHERE tenant_id = $1 AND id = $2`,
        [tenantId, collectionId],
      ),
    );
  }

  /** Whether a request was seen lately to match too many chunks for an exact scan. */
  isBroad(request: SearchRequest): boolean {
    const seenAtMs = this.broad.get(keyOf(request));
    return seenAtMs !== undefined && isYounger(seenAtMs, this.clock.nowMs(), MAX_AGE_MS);
  }

  markBroad(request: SearchRequest): void {
    this.broad.set(keyOf(request), this.clock.nowMs());
  }

  private async countOf(key: string, read: () => Promise<Count[]>): Promise<number> {
    const nowMs = this.clock.nowMs();
    const known = this.counts.get(key);
    if (known && isYounger(known.readAtMs, nowMs, MAX_AGE_MS)) return known.count;
    const [row] = await read();
    const count = row?.count ?? 0;
    this.counts.set(key, { count, readAtMs: nowMs });
    return count;
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
