import { fromPgVector } from '../common/vector';
import type { Queryable } from '../database/read-replicas';
import type { SearchedSpace } from './search-plan';

/** @returns the vectors of chunks in a space, by chunk id; without those that the space does not hold (yet) */
export async function loadVectors(
  database: Queryable,
  space: SearchedSpace,
  tenantId: string,
  chunkIds: readonly string[],
): Promise<Map<string, Float32Array>> {
  const rows = await database.query<{ chunk_id: string; embedding: string }>(
    `SELECT chunk_id, embedding::text FROM ${space.table} WHERE tenant_id = $1 AND chunk_id = ANY($2::uuid[])`,
    [tenantId, chunkIds],
  );
  return new Map(rows.map(({ chunk_id, embedding }) => [chunk_id, fromPgVector(embedding)]));
}
