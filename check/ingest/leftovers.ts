import type { Client } from 'pg';

/** Rows that must not exist once all documents are processed. */
export interface Leftovers {
  /** Duplicate documents, or duplicate chunks of a document. */
  duplicated: number;
  /** Vectors without a chunk, chunks without a vector or a document, staged chunks, deleted documents. */
  orphans: number;
}

/** @param expected external ids of all documents that should exist */
export async function findLeftovers(client: Client, expected: readonly string[]): Promise<Leftovers> {
  const count = async (query: string, values: unknown[] = []) => {
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::integer AS n FROM (${query}) AS found`,
      values,
    );
    return rows[0].n;
  };
  const duplicated =
    (await count(`SELECT external_id FROM document GROUP BY external_id HAVING count(*) > 1`)) +
    (await count(
      `SELECT document_id, content FROM chunk GROUP BY document_id, content HAVING count(*) > 1
       UNION ALL
       SELECT document_id, ordinal::text FROM chunk GROUP BY document_id, ordinal HAVING count(*) > 1`,
    ));
  const orphans =
    (await count(
      `SELECT chunk_id FROM chunk_embedding_1 e WHERE NOT EXISTS (SELECT 1 FROM chunk c WHERE c.id = e.chunk_id)`,
    )) +
    (await count(
      `SELECT id FROM chunk c
       WHERE NOT EXISTS (SELECT 1 FROM chunk_embedding_1 e WHERE e.chunk_id = c.id)
          OR NOT EXISTS (SELECT 1 FROM document d
                         WHERE d.id = c.document_id AND d.searchable_version = c.version)`,
    )) +
    (await count(`SELECT id FROM staged_chunk`)) +
    (await count(`SELECT id FROM document WHERE external_id <> ALL($1::text[])`, [expected]));
  return { duplicated, orphans };
}
