import { Client } from 'pg';
import { FROM_VECTOR_INDEXES } from './vector-index';

/**
 * Up to so many vectors an embedded database compares all of them: in WebAssembly that takes 1.5 ms for a thousand, while
 * each insertion into HNSW takes 5 ms, and vacuuming what was deleted from it minutes in which everybody waits.
 */
export const MOST_UNINDEXED_VECTORS = 20_000;

/**
 * Drops the HNSW indexes, which the migrations make, of tables with few vectors. Those of large ones stay: to build one again
 * would keep everybody waiting for minutes.
 * @param url of an embedded database, with all migrations
 */
export async function dropSmallVectorIndexes(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ index: string; table: string }>(
      `SELECT i.indexrelid::regclass::text AS index, i.indrelid::regclass::text AS table ${FROM_VECTOR_INDEXES}`,
    );
    for (const { index, table } of rows) {
      const counted = await client.query<{ small: boolean }>(
        `SELECT count(*) <= $1 AS small FROM (SELECT FROM ${table} LIMIT $1::bigint + 1) AS counted`,
        [MOST_UNINDEXED_VECTORS],
      );
      if (counted.rows[0].small) await client.query(`DROP INDEX ${index}`);
    }
  } finally {
    await client.end();
  }
}
