import { Injectable } from '@nestjs/common';
import { toPgVector } from '../common/vector';
import { CorpusDatabase } from './corpus-database';
import {
  parametersOf,
  type StagedChunk,
  type StagedText,
  type VectorTable,
  type VersionRef,
} from './document';
import { PLANNED_CHUNKS } from './planned-chunks';
import { separateWords } from '../text-analysis/unspaced-scripts';

/** Chunks per transaction, so that others are served on the embedded database meanwhile. */
const STAGE_BATCH_SIZE = 200;

/** What full-text search finds a chunk `i` by: what introduces it, and its own words. */
const SEARCH_VECTOR = `to_tsvector(i.language::regconfig, i.introduction)
                         || to_tsvector(i.language::regconfig, coalesce(i.words, i.content))`;

/** What the chunk step made of a version. */
export interface StagedVersion extends StagedText {
  ref: VersionRef;
  chunks: readonly StagedChunk[];
  /** The embedding space that the chunks' vectors belong to; left out where they have none. */
  spaceId?: number;
}

/** A chunk that has no vector yet. */
export interface ChunkWithoutVector {
  id: string;
  documentId: string;
}

/** What is to be embedded to give it one. */
export interface ChunkToEmbed extends ChunkWithoutVector {
  content: string;
  /** Start and end of each window, one after the other, within `content`. */
  windows: number[];
}

/** The chunks of versions on their way, and their vectors. Versions that are named together are of one tenant. */
@Injectable()
export class ChunkStore {
  constructor(private readonly database: CorpusDatabase) {}

  /**
   * Ends the chunk step: stores text and chunks of versions, replacing those of an interrupted try.
   * @returns those that were still wanted
   * @throws AppError `DATABASE_UNAVAILABLE`; Error if another worker staged one of the versions at once: try again
   */
  async stage(versions: readonly StagedVersion[]): Promise<VersionRef[]> {
    const staged: VersionRef[] = [];
    for (const group of groupsOf(versions)) {
      // What is too long for one transaction gets several: its text, and with it the next step, comes last.
      const [{ ref, language, chunks, spaceId }] = group;
      let done = 0;
      for (; chunks.length - done > STAGE_BATCH_SIZE; done += STAGE_BATCH_SIZE)
        await this.whileChunking([ref], async (sql, wanted) => {
          if (wanted.length === 0) return;
          if (done === 0) await clearStaged(sql, wanted);
          await addStaged(sql, [
            { ref, language, spaceId, chunks: chunks.slice(done, done + STAGE_BATCH_SIZE) },
          ]);
        });
      staged.push(
        ...(await this.whileChunking(
          group.map((version) => version.ref),
          async (sql, wanted) => {
            if (done === 0) await clearStaged(sql, wanted);
            const wantedIds = new Set(wanted.map(({ documentId }) => documentId));
            const left = group.filter((version) => wantedIds.has(version.ref.documentId));
            await addStaged(
              sql,
              left.map((version) => ({ ...version, chunks: version.chunks.slice(done) })),
            );
            await endChunking(sql, left);
          },
        )),
      );
    }
    return staged;
  }

  /** The versions' chunks, kept ones included, that have no vector in a space, each document's in the order of its text. */
  async withoutVector(refs: readonly VersionRef[], { table }: VectorTable): Promise<ChunkWithoutVector[]> {
    return this.database.sql<ChunkWithoutVector>(
      `WITH ${PLANNED_CHUNKS}
       SELECT p.chunk_id AS id, p.document_id AS "documentId"
       FROM planned p
       WHERE NOT EXISTS (SELECT 1 FROM ${table} e WHERE e.chunk_id = p.chunk_id)
       ORDER BY p.document_id, p.ordinal`,
      parametersOf(refs),
    );
  }

  /**
   * Gives some of a tenant's chunks the vectors that are known already: what was staged with them, else that of a chunk
   * of equal content.
   * @returns what is still to be embedded, in the order of its text; chunks that are gone are left out
   */
  async addKnownVectors(
    tenantId: string,
    { id, table, storage }: VectorTable & { id: number },
    chunks: readonly ChunkWithoutVector[],
  ): Promise<ChunkToEmbed[]> {
    // The locks are those of `addVectors`.
    return this.database.sql<ChunkToEmbed>(
      `WITH staged AS (
         SELECT id, document_id, ordinal, content, content_hash, windows,
                CASE WHEN embedding_space = $4 THEN embedding::${storage} END AS embedding
         FROM staged_chunk
         WHERE tenant_id = $1 AND document_id = ANY($2::uuid[]) AND id = ANY($3::uuid[])
         ORDER BY document_id
         FOR KEY SHARE),
       live AS (
         SELECT id, document_id, ordinal, content, content_hash, windows, NULL::${storage} AS embedding
         FROM chunk
         WHERE tenant_id = $1 AND document_id = ANY($2::uuid[]) AND id = ANY($3::uuid[])
         ORDER BY document_id
         FOR KEY SHARE),
       wanted AS MATERIALIZED (
         SELECT w.id, w.document_id, w.ordinal, w.content, w.windows, coalesce(w.embedding, (
                  SELECT e.embedding
                  FROM chunk c JOIN ${table} e ON e.chunk_id = c.id
                  WHERE c.tenant_id = $1 AND c.content_hash = w.content_hash
                  LIMIT 1)) AS embedding
         FROM (SELECT * FROM staged UNION ALL SELECT * FROM live) AS w),
       added AS (
         INSERT INTO ${table} (chunk_id, tenant_id, collection_id, document_id, embedding)
         SELECT w.id, d.tenant_id, d.collection_id, d.id, w.embedding
         FROM wanted w JOIN document d ON d.tenant_id = $1 AND d.id = w.document_id
         WHERE w.embedding IS NOT NULL
         ON CONFLICT (chunk_id) DO NOTHING)
       SELECT w.id, w.document_id AS "documentId", w.content, w.windows
       FROM wanted w
       WHERE w.embedding IS NULL
       ORDER BY w.document_id, w.ordinal`,
      [tenantId, documentsOf(chunks), chunks.map((chunk) => chunk.id), id],
    );
  }

  /**
   * Adds vectors of a tenant's chunks that still exist; those that have one keep it.
   * @param vectors in pgvector's text form
   */
  async addVectors(
    tenantId: string,
    { table, storage }: VectorTable,
    vectors: readonly (ChunkWithoutVector & { vector: string })[],
  ): Promise<void> {
    // Who deletes chunks deletes their vectors in a later statement. The locks make it wait until these are in,
    // so no vector is ever left without its chunk.
    await this.database.sql(
      `WITH staged AS (
         SELECT id FROM staged_chunk
         WHERE tenant_id = $1 AND document_id = ANY($2::uuid[]) AND id = ANY($3::uuid[])
         ORDER BY document_id
         FOR KEY SHARE),
       live AS (
         SELECT id FROM chunk
         WHERE tenant_id = $1 AND document_id = ANY($2::uuid[]) AND id = ANY($3::uuid[])
         ORDER BY document_id
         FOR KEY SHARE)
       INSERT INTO ${table} (chunk_id, tenant_id, collection_id, document_id, embedding)
       SELECT i.chunk_id, d.tenant_id, d.collection_id, d.id, i.embedding::${storage}
       FROM unnest($3::uuid[], $4::text[], $5::uuid[]) AS i (chunk_id, embedding, document_id)
       JOIN document d ON d.tenant_id = $1 AND d.id = i.document_id
       WHERE i.chunk_id IN (SELECT id FROM staged UNION ALL SELECT id FROM live)
       ON CONFLICT (chunk_id) DO NOTHING`,
      [
        tenantId,
        documentsOf(vectors),
        vectors.map(({ id }) => id),
        vectors.map(({ vector }) => vector),
        vectors.map(({ documentId }) => documentId),
      ],
    );
  }

  /** Runs `work` with the documents locked, if versions of them are in the chunk step. @returns those that are */
  private whileChunking(
    refs: readonly VersionRef[],
    work: (sql: CorpusDatabase['sql'], wanted: readonly VersionRef[]) => Promise<unknown>,
  ): Promise<VersionRef[]> {
    return this.database.transaction(async (sql) => {
      const [tenantId, documentIds] = parametersOf(refs);
      await sql(
        `SELECT 1 FROM document WHERE tenant_id = $1 AND id = ANY($2::uuid[])
         ORDER BY external_id COLLATE "C"
         FOR UPDATE`,
        [tenantId, documentIds],
      );
      const rows = await sql<{ document_id: string; version: number }>(
        `SELECT v.document_id, v.version
         FROM unnest($2::uuid[], $3::integer[]) AS i (document_id, version)
         JOIN document_version v
           ON v.tenant_id = $1 AND v.document_id = i.document_id AND v.version = i.version AND v.status = 'chunking'
         -- Deleted with its document; the foreign key of what is staged would not allow it either.
         JOIN document d ON d.tenant_id = $1 AND d.id = v.document_id`,
        parametersOf(refs),
      );
      const wanted = rows.map((row) => ({
        tenantId: refs[0].tenantId,
        documentId: row.document_id,
        version: row.version,
      }));
      if (wanted.length > 0) await work(sql, wanted);
      return wanted;
    });
  }
}

/** Versions that go into one transaction together: as many as have few chunks, or a single one. */
function groupsOf(versions: readonly StagedVersion[]): StagedVersion[][] {
  const groups: StagedVersion[][] = [];
  let room = 0;
  for (const version of versions) {
    room -= version.chunks.length;
    if (groups.length === 0 || room < 0) {
      groups.push([]);
      room = STAGE_BATCH_SIZE - version.chunks.length;
    }
    groups[groups.length - 1].push(version);
  }
  return groups;
}

async function clearStaged(sql: CorpusDatabase['sql'], refs: readonly VersionRef[]): Promise<void> {
  await sql(
    `DELETE FROM staged_chunk s
     USING unnest($2::uuid[], $3::integer[]) AS i (document_id, version)
     WHERE s.tenant_id = $1 AND s.document_id = i.document_id AND s.version = i.version`,
    parametersOf(refs),
  );
}

async function addStaged(
  sql: CorpusDatabase['sql'],
  versions: readonly Pick<StagedVersion, 'ref' | 'language' | 'spaceId' | 'chunks'>[],
): Promise<void> {
  if (versions.length === 0) return;
  const rows = versions.flatMap(({ ref, language, spaceId, chunks }) =>
    chunks.map((chunk) => ({
      document_id: ref.documentId,
      version: ref.version,
      language,
      id: chunk.id,
      ordinal: chunk.ordinal,
      start_offset: chunk.start,
      end_offset: chunk.end,
      content: chunk.content,
      content_hash: chunk.contentHash,
      heading_path: chunk.headingPath,
      page: chunk.page,
      token_count: chunk.tokenCount,
      windows: chunk.windows,
      introduction: separateWords([chunk.lead, ...chunk.headingPath].join('\n')),
      words: differing(separateWords(chunk.content), chunk.content),
      ...(chunk.vector && { embedding_space: spaceId, embedding: toPgVector(chunk.vector) }),
    })),
  );
  await sql(
    `INSERT INTO staged_chunk
       (document_id, version, ordinal, id, tenant_id, start_offset, end_offset, content, content_hash,
        heading_path, page, token_count, windows, search, embedding_space, embedding)
     SELECT i.document_id, i.version, i.ordinal, i.id, $1, i.start_offset, i.end_offset, i.content, i.content_hash,
            i.heading_path, i.page, i.token_count, i.windows, ${SEARCH_VECTOR}, i.embedding_space,
            -- A chunk that is equal to a live one takes its place, and its vector.
            CASE WHEN NOT EXISTS (
              SELECT 1 FROM chunk c
              WHERE c.tenant_id = $1 AND c.document_id = i.document_id AND c.content_hash = i.content_hash
                AND c.heading_path = i.heading_path) THEN i.embedding::vector END
     FROM json_to_recordset($2::json) AS i (document_id uuid, version integer, language text, id uuid,
            ordinal integer, start_offset integer, end_offset integer, content text, content_hash text,
            heading_path text[], page text, token_count integer, windows integer[], introduction text, words text,
            embedding_space integer, embedding text)`,
    [versions[0].ref.tenantId, JSON.stringify(rows)],
  );
}

/** @throws Error if what is staged is not what should be */
async function endChunking(sql: CorpusDatabase['sql'], versions: readonly StagedVersion[]): Promise<void> {
  const rows = await sql(
    `UPDATE document_version v
     SET status = 'embedding', text = i.text, title = coalesce(v.title, i.title), language = i.language,
         chunks_total = i.chunks, chunks_done = 0, updated_at = now(), enqueued_at = now()
     FROM json_to_recordset($2::json)
            AS i (document_id uuid, version integer, text text, title text, language text, chunks integer)
     WHERE v.tenant_id = $1 AND v.document_id = i.document_id AND v.version = i.version
       AND i.chunks = (SELECT count(*) FROM staged_chunk s
                       WHERE s.tenant_id = $1 AND s.document_id = i.document_id AND s.version = i.version)
     RETURNING v.version`,
    [
      versions[0].ref.tenantId,
      JSON.stringify(
        versions.map(({ ref, text, title, language, chunks }) => ({
          document_id: ref.documentId,
          version: ref.version,
          text,
          title,
          language,
          chunks: chunks.length,
        })),
      ),
    ],
  );
  if (rows.length < versions.length)
    throw new Error('another worker has staged one of these versions at the same time');
}

function documentsOf(chunks: readonly ChunkWithoutVector[]): string[] {
  return [...new Set(chunks.map(({ documentId }) => documentId))];
}

/** Null for what need not be sent twice. */
function differing(text: string, from: string): string | null {
  return text === from ? null : text;
}
