import { Injectable } from '@nestjs/common';
import { CorpusDatabase } from './corpus-database';
import type { StagedChunk, StagedText, VectorTable, VersionRef } from './document';
import { PLANNED_CHUNKS } from './planned-chunks';
import type { SearchLanguage } from './search-language';
import { searchableText } from './searchable-text';

/** Chunks per INSERT, each in a transaction of its own, so that others get their turn on the embedded database. */
const STAGE_BATCH_SIZE = 200;

/** What full-text search finds a chunk `i` by: what introduces it, and its own words. */
const SEARCH_VECTOR = `to_tsvector($5::regconfig, i.introduction)
                         || to_tsvector($5::regconfig, coalesce(i.words, i.content))`;

/** A chunk that has no vector yet. */
export interface ChunkToEmbed {
  id: string;
  content: string;
  /** Start and end of each window, one after the other, within `content`. */
  windows: number[];
  /** In pgvector's text form, where a chunk of the tenant with equal content has one. */
  vector: string | null;
}

/** The chunks of versions on their way, and their vectors. */
@Injectable()
export class ChunkStore {
  constructor(private readonly database: CorpusDatabase) {}

  /**
   * Ends the chunk step: stores text and chunks of a version, replacing those of an interrupted try.
   * @returns whether the version was still wanted
   * @throws AppError `DATABASE_UNAVAILABLE`; Error if another worker staged the same version at once: try again
   */
  async stage(
    ref: VersionRef,
    { text, title, language }: StagedText,
    chunks: readonly StagedChunk[],
  ): Promise<boolean> {
    if (!(await this.clearStaged(ref))) return false;
    for (let from = 0; from < chunks.length; from += STAGE_BATCH_SIZE)
      if (!(await this.addStaged(ref, language, chunks.slice(from, from + STAGE_BATCH_SIZE)))) return false;

    const { tenantId, documentId, version } = ref;
    return this.whileChunking(ref, async (sql) => {
      const rows = await sql(
        `UPDATE document_version v
         SET status = 'embedding', text = $4, title = coalesce(v.title, $5), language = $7, chunks_total = $6,
             chunks_done = 0, updated_at = now(), enqueued_at = now()
         WHERE v.tenant_id = $1 AND v.document_id = $2 AND v.version = $3
           AND $6 = (SELECT count(*) FROM staged_chunk s
                     WHERE s.tenant_id = $1 AND s.document_id = $2 AND s.version = $3)
         RETURNING v.version`,
        [tenantId, documentId, version, text, title, chunks.length, language],
      );
      if (rows.length === 0) throw new Error('another worker has staged this version at the same time');
    });
  }

  /** Ids of the version's chunks, kept ones included, that have no vector in a space, in the order of the text. */
  async withoutVector(
    { tenantId, documentId, version }: VersionRef,
    { table }: VectorTable,
  ): Promise<string[]> {
    const rows = await this.database.sql<{ chunk_id: string }>(
      `WITH ${PLANNED_CHUNKS}
       SELECT p.chunk_id
       FROM planned p
       WHERE NOT EXISTS (SELECT 1 FROM ${table} e WHERE e.chunk_id = p.chunk_id)
       ORDER BY p.ordinal`,
      [tenantId, documentId, version],
    );
    return rows.map(({ chunk_id }) => chunk_id);
  }

  /** What is to be embedded, or can be copied, for some of a document's chunks; those that are gone are left out. */
  async toEmbed(
    { tenantId, documentId }: VersionRef,
    { table }: VectorTable,
    chunkIds: readonly string[],
  ): Promise<ChunkToEmbed[]> {
    return this.database.sql<ChunkToEmbed>(
      `WITH wanted AS (
         SELECT s.id, s.ordinal, s.content, s.content_hash, s.windows
         FROM staged_chunk s
         WHERE s.tenant_id = $1 AND s.document_id = $2 AND s.id = ANY($3::uuid[])
         UNION ALL
         SELECT c.id, c.ordinal, c.content, c.content_hash, c.windows
         FROM chunk c
         WHERE c.tenant_id = $1 AND c.document_id = $2 AND c.id = ANY($3::uuid[]))
       SELECT w.id, w.content, w.windows, equal.vector
       FROM wanted w
       LEFT JOIN LATERAL (
         SELECT e.embedding::text AS vector
         FROM chunk c JOIN ${table} e ON e.chunk_id = c.id
         WHERE c.tenant_id = $1 AND c.content_hash = w.content_hash
         LIMIT 1) AS equal ON true
       ORDER BY w.ordinal`,
      [tenantId, documentId, chunkIds],
    );
  }

  /**
   * Adds vectors of chunks that still exist; those that have one keep it.
   * @param vectors in pgvector's text form
   */
  async addVectors(
    { tenantId, documentId }: VersionRef,
    { table, storage }: VectorTable,
    vectors: readonly { chunkId: string; vector: string }[],
  ): Promise<void> {
    // Who deletes chunks deletes their vectors in a later statement. The locks make it wait until these are in,
    // so no vector is ever left without its chunk.
    await this.database.sql(
      `WITH staged AS (
         SELECT id FROM staged_chunk
         WHERE tenant_id = $1 AND document_id = $2 AND id = ANY($3::uuid[])
         FOR KEY SHARE),
       live AS (
         SELECT id FROM chunk
         WHERE tenant_id = $1 AND document_id = $2 AND id = ANY($3::uuid[])
         FOR KEY SHARE)
       INSERT INTO ${table} (chunk_id, tenant_id, collection_id, document_id, embedding)
       SELECT i.chunk_id, d.tenant_id, d.collection_id, d.id, i.embedding::${storage}
       FROM unnest($3::uuid[], $4::text[]) AS i (chunk_id, embedding)
       JOIN document d ON d.tenant_id = $1 AND d.id = $2
       WHERE i.chunk_id IN (SELECT id FROM staged UNION ALL SELECT id FROM live)
       ON CONFLICT (chunk_id) DO NOTHING`,
      [tenantId, documentId, vectors.map(({ chunkId }) => chunkId), vectors.map(({ vector }) => vector)],
    );
  }

  private async clearStaged(ref: VersionRef): Promise<boolean> {
    return this.whileChunking(ref, (sql) =>
      sql(`DELETE FROM staged_chunk WHERE tenant_id = $1 AND document_id = $2 AND version = $3`, [
        ref.tenantId,
        ref.documentId,
        ref.version,
      ]),
    );
  }

  private async addStaged(
    ref: VersionRef,
    language: SearchLanguage,
    chunks: readonly StagedChunk[],
  ): Promise<boolean> {
    const rows = chunks.map((chunk) => ({
      id: chunk.id,
      ordinal: chunk.ordinal,
      start_offset: chunk.start,
      end_offset: chunk.end,
      content: chunk.content,
      content_hash: chunk.contentHash,
      heading_path: chunk.headingPath,
      token_count: chunk.tokenCount,
      windows: chunk.windows,
      introduction: searchableText([chunk.lead, ...chunk.headingPath].join('\n')),
      words: differing(searchableText(chunk.content), chunk.content),
    }));
    return this.whileChunking(ref, (sql) =>
      sql(
        `INSERT INTO staged_chunk
           (document_id, version, ordinal, id, tenant_id, start_offset, end_offset, content, content_hash,
            heading_path, token_count, windows, search)
         SELECT $2, $3, i.ordinal, i.id, $1, i.start_offset, i.end_offset, i.content, i.content_hash,
                i.heading_path, i.token_count, i.windows, ${SEARCH_VECTOR}
         FROM json_to_recordset($4::json) AS i (id uuid, ordinal integer, start_offset integer,
                end_offset integer, content text, content_hash text, heading_path text[], token_count integer,
                windows integer[], introduction text, words text)`,
        [ref.tenantId, ref.documentId, ref.version, JSON.stringify(rows), language],
      ),
    );
  }

  /** Runs `work` with the document locked, if the version is in the chunk step. @returns whether it was */
  private whileChunking(
    { tenantId, documentId, version }: VersionRef,
    work: (sql: CorpusDatabase['sql']) => Promise<unknown>,
  ): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      const documents = await sql(`SELECT 1 FROM document WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [
        tenantId,
        documentId,
      ]);
      if (documents.length === 0) return false;
      const versions = await sql(
        `SELECT 1 FROM document_version
         WHERE tenant_id = $1 AND document_id = $2 AND version = $3 AND status = 'chunking'`,
        [tenantId, documentId, version],
      );
      if (versions.length === 0) return false;
      await work(sql);
      return true;
    });
  }
}

/** Null for what need not be sent twice. */
function differing(text: string, from: string): string | null {
  return text === from ? null : text;
}
