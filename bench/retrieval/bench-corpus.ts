import { Client } from 'pg';
import { sha256Hex } from '../../src/common/hash';
import { toPgVector } from '../../src/common/vector';
import type { MetadataValue } from '../../src/retrieval/passage-filter';
import { CHUNKS_PER_DOCUMENT, type ClusteredVectors } from './clustered-corpus';

/** The one tenant that every database has. */
export const TENANT = '00000000-0000-0000-0000-000000000000';
/** The one collection of the measurement. */
export const COLLECTION = '00000000-0000-0000-0000-0000000000c0';
/** Shares of the chunks that a filter of the measurement lets pass, in per cent. */
export const SELECTIVITIES = [50, 10, 1, 0.1, 0.01] as const;

const DOCUMENTS_PER_INSERT = 50;

/** The metadata of a document: key `share_<per cent>` where it is among those that the filter lets pass. */
export function metadataOf(document: number, documents: number): Record<string, MetadataValue> {
  // Neighbouring documents have nothing to do with each other: a stride that shares no factor scatters the shares.
  const place = (document * 7919) % documents;
  return Object.fromEntries(
    SELECTIVITIES.filter((percent) => place < Math.max(1, Math.round((documents * percent) / 100))).map(
      (percent) => [`share_${percent}`, true],
    ),
  );
}

/** Appends documents `from` to `to` (exclusive) with their chunks and vectors. The HNSW index may be away meanwhile. */
export async function loadDocuments(
  client: Client,
  vectors: ClusteredVectors,
  random: () => number,
  range: { from: number; to: number; of: number },
): Promise<void> {
  for (let from = range.from; from < range.to; from += DOCUMENTS_PER_INSERT)
    await loadBatch(client, vectors, random, {
      ...range,
      from,
      to: Math.min(from + DOCUMENTS_PER_INSERT, range.to),
    });
}

/** Drops the HNSW index, so that loading is quick. @returns the statement that makes it as the migrations do */
export async function dropIndex(client: Client, table: string): Promise<string> {
  const { rows } = await client.query<{ definition: string }>(
    'SELECT pg_get_indexdef($1::regclass) AS definition',
    [`${table}_hnsw`],
  );
  await client.query(`DROP INDEX ${table}_hnsw`);
  return rows[0].definition;
}

/** Creates the index with memory for all of it, and gathers statistics. @returns seconds taken by the index */
export async function buildIndex(client: Client, table: string, definition: string): Promise<number> {
  const startedMs = performance.now();
  await client.query(`SET maintenance_work_mem = '1GB'`);
  // Parallel workers share memory that containers give little of.
  await client.query('SET max_parallel_maintenance_workers = 0');
  await client.query(definition);
  const seconds = (performance.now() - startedMs) / 1000;
  for (const each of ['document', 'chunk', table]) await client.query(`VACUUM ANALYZE ${each}`);
  return seconds;
}

async function loadBatch(
  client: Client,
  vectors: ClusteredVectors,
  random: () => number,
  { from, to, of }: { from: number; to: number; of: number },
): Promise<void> {
  const documents: { id: string; external_id: string; metadata: string }[] = [];
  const chunks: { id: string; document_id: string; ordinal: number; content: string; hash: string }[] = [];
  const embeddings: string[] = [];
  for (let document = from; document < to; document++) {
    const documentId = idOf('d', document);
    documents.push({
      id: documentId,
      external_id: `document/${document}`,
      metadata: JSON.stringify(metadataOf(document, of)),
    });
    const subject = vectors.anySubject(random);
    for (let ordinal = 0; ordinal < CHUNKS_PER_DOCUMENT; ordinal++) {
      const content = `Chunk ${ordinal} of document ${document}, on subject ${subject}.`;
      const id = idOf('c', document * CHUNKS_PER_DOCUMENT + ordinal);
      chunks.push({ id, document_id: documentId, ordinal, content, hash: sha256Hex(content) });
      embeddings.push(toPgVector(vectors.near(subject, random)));
    }
  }
  await client.query(
    `INSERT INTO document (id, tenant_id, collection_id, external_id, latest_version, searchable_version, metadata)
     SELECT d.id, $1, $2, d.external_id, 1, 1, d.metadata::jsonb
     FROM jsonb_to_recordset($3::jsonb) AS d (id uuid, external_id text, metadata text)`,
    [TENANT, COLLECTION, JSON.stringify(documents)],
  );
  await client.query(
    `INSERT INTO chunk (id, tenant_id, collection_id, document_id, version, ordinal, start_offset, end_offset, content,
                        content_hash, heading_path, token_count, windows, search)
     SELECT c.id, $1, $2, c.document_id, 1, c.ordinal, 0, length(c.content), c.content, c.hash, '{}', 10,
            ARRAY[0, length(c.content)], ''
     FROM jsonb_to_recordset($3::jsonb) AS c (id uuid, document_id uuid, ordinal integer, content text, hash text)`,
    [TENANT, COLLECTION, JSON.stringify(chunks)],
  );
  await client.query(
    `INSERT INTO chunk_embedding_1 (chunk_id, tenant_id, collection_id, document_id, embedding)
     SELECT e.chunk_id, $1, $2, e.document_id, e.embedding::vector
     FROM unnest($3::uuid[], $4::uuid[], $5::text[]) AS e (chunk_id, document_id, embedding)`,
    [TENANT, COLLECTION, chunks.map(({ id }) => id), chunks.map((chunk) => chunk.document_id), embeddings],
  );
}

function idOf(kind: 'c' | 'd', n: number): string {
  return `${kind}0000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}
