import type { Client } from 'pg';
import type { MetadataValue } from '../../src/retrieval/passage-filter';
import type { PublishedCorpus, PublishedDocument } from '../../test/support/published-corpus';
import { CHUNKS_PER_DOCUMENT, type ClusteredVectors } from './clustered-corpus';

/** The default tenant. */
export const TENANT = '00000000-0000-0000-0000-000000000000';
/** The collection of the measurement. */
export const COLLECTION = '00000000-0000-0000-0000-0000000000c0';
/** Selectivities of the measured filters: per cent of the chunks that pass. */
export const SELECTIVITIES = [50, 10, 1, 0.1, 0.01] as const;

/** Documents per batch, as in an ingestion job. */
const DOCUMENTS_PER_BATCH = 32;

/** The metadata of a document: it has the key `share_<per cent>` if it passes that filter. */
export function metadataOf(document: number, documents: number): Record<string, MetadataValue> {
  // A coprime stride scatters the documents that pass a filter.
  const place = (document * 7919) % documents;
  return Object.fromEntries(
    SELECTIVITIES.filter((percent) => place < Math.max(1, Math.round((documents * percent) / 100))).map(
      (percent) => [`share_${percent}`, true],
    ),
  );
}

/**
 * Appends documents `from` to `to` (exclusive) with their chunks and vectors, as ingestion does. Works without the HNSW index.
 */
export async function loadDocuments(
  corpus: PublishedCorpus,
  vectors: ClusteredVectors,
  random: () => number,
  { from, to, of }: { from: number; to: number; of: number },
): Promise<void> {
  for (let first = from; first < to; first += DOCUMENTS_PER_BATCH) {
    const count = Math.min(DOCUMENTS_PER_BATCH, to - first);
    await corpus.publish(Array.from({ length: count }, (_, i) => documentOf(first + i, of, vectors, random)));
  }
}

/** Drops the HNSW index, to load faster. @returns the statement that creates it as the migrations do */
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
  // Parallel workers need shared memory, of which containers have little.
  await client.query('SET max_parallel_maintenance_workers = 0');
  await client.query(definition);
  const seconds = (performance.now() - startedMs) / 1000;
  for (const each of ['document', 'chunk', table]) await client.query(`VACUUM ANALYZE ${each}`);
  return seconds;
}

function documentOf(
  n: number,
  documents: number,
  vectors: ClusteredVectors,
  random: () => number,
): PublishedDocument {
  const subject = vectors.anySubject(random);
  return {
    externalId: `document/${n}`,
    metadata: metadataOf(n, documents),
    paragraphs: Array.from({ length: CHUNKS_PER_DOCUMENT }, (_, ordinal) => ({
      content: `Chunk ${ordinal} of document ${n}, on subject ${subject}.`,
      vector: vectors.near(subject, random),
    })),
  };
}
