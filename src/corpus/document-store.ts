import { Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { isUuid } from '../common/ids';
import { NEXT_EPOCH } from './collection';
import { CorpusDatabase, type Sql } from './corpus-database';
import type { Document, StoredChunk, VectorTables, VersionError, VersionStatus } from './document';
import { applyTermChanges, selectTermChanges, type TermChanges } from './term-statistics';

/** A document as a client sees it. */
export interface KnownDocument {
  externalId: string;
  /** Of its bytes, hexadecimal. */
  sha256: string;
}

/** Which documents to list. */
export interface DocumentPage {
  /** Names of those that their collections are to be among; null or left out: any. */
  collections?: readonly string[] | null;
  collectionId?: string;
  externalId?: string;
  /** Those after this id; ids rise with the time of creation. */
  after?: string;
  limit: number;
}

interface DocumentRow {
  id: string;
  external_id: string;
  collection: string;
  latest_version: number;
  status: VersionStatus;
  error: VersionError | null;
  searchable_version: number | null;
  title: string | null;
  mime_type: string;
  source_url: string | null;
  language: string | null;
  metadata: Record<string, unknown>;
  acl: string[] | null;
  last_modified: Date | null;
  chunks: number;
  created_at: Date;
  updated_at: Date;
}

/** What readers see of the document `d`; before anything is searchable, what its latest version `v` says. */
const SELECT_DOCUMENT = `
  SELECT d.id, d.external_id, c.name AS collection, d.latest_version, v.status, v.error, d.searchable_version,
         coalesce(d.title, v.title) AS title,
         coalesce(d.mime_type, v.mime_type) AS mime_type, v.source_url,
         (SELECT s.language FROM document_version s
          WHERE s.tenant_id = $1 AND s.document_id = d.id AND s.version = d.searchable_version) AS language,
         CASE WHEN d.searchable_version IS NULL THEN v.metadata ELSE d.metadata END AS metadata,
         CASE WHEN d.searchable_version IS NULL THEN v.acl ELSE d.acl END AS acl,
         CASE WHEN d.searchable_version IS NULL THEN v.last_modified ELSE d.last_modified END AS last_modified,
         (SELECT count(*)::integer FROM chunk k WHERE k.tenant_id = $1 AND k.document_id = d.id) AS chunks,
         d.created_at, greatest(d.updated_at, v.updated_at) AS updated_at
  FROM document d
  JOIN collection c ON c.id = d.collection_id
  JOIN document_version v ON v.tenant_id = $1 AND v.document_id = d.id AND v.version = d.latest_version`;

/** Reads documents for their owner, and deletes them. */
@Injectable()
export class DocumentStore {
  constructor(private readonly database: CorpusDatabase) {}

  /** A page of the tenant's documents in the order of their creation. */
  async list(tenantId: string, page: DocumentPage): Promise<Document[]> {
    const rows = await this.database.sql<DocumentRow>(
      `${SELECT_DOCUMENT}
       WHERE d.tenant_id = $1
         AND ($2::uuid IS NULL OR d.collection_id = $2)
         AND ($3::text IS NULL OR d.external_id = $3)
         AND ($4::uuid IS NULL OR d.id > $4)
         AND ($6::text[] IS NULL OR c.name = ANY($6))
       ORDER BY d.id
       LIMIT $5`,
      [
        tenantId,
        page.collectionId ?? null,
        page.externalId ?? null,
        page.after ?? null,
        page.limit,
        page.collections ?? null,
      ],
    );
    return rows.map(toDocument);
  }

  /** @throws AppError `DOCUMENT_NOT_FOUND` */
  async get(tenantId: string, documentId: string): Promise<Document> {
    const rows = isUuid(documentId)
      ? await this.database.sql<DocumentRow>(`${SELECT_DOCUMENT} WHERE d.tenant_id = $1 AND d.id = $2`, [
          tenantId,
          documentId,
        ])
      : [];
    if (rows.length === 0) throw documentNotFound(documentId);
    return toDocument(rows[0]);
  }

  /** A page of a document's chunks in the order of the text: those after an ordinal. */
  async chunks(
    tenantId: string,
    documentId: string,
    page: { after?: number; limit: number },
  ): Promise<StoredChunk[]> {
    const rows = await this.database.sql<{
      id: string;
      version: number;
      ordinal: number;
      start_offset: number;
      end_offset: number;
      content: string;
      heading_path: string[];
      page: string | null;
      token_count: number;
    }>(
      `SELECT id, version, ordinal, start_offset, end_offset, content, heading_path, page, token_count
       FROM chunk
       WHERE tenant_id = $1 AND document_id = $2 AND ordinal > $3
       ORDER BY ordinal
       LIMIT $4`,
      [tenantId, documentId, page.after ?? -1, page.limit],
    );
    return rows.map((row) => ({
      id: row.id,
      version: row.version,
      ordinal: row.ordinal,
      start: row.start_offset,
      end: row.end_offset,
      content: row.content,
      headingPath: row.heading_path,
      page: row.page,
      tokenCount: row.token_count,
    }));
  }

  /** External ids of the documents whose latest version holds other bytes or failed, or that the collection does not have. */
  async changed(tenantId: string, collectionId: string, known: readonly KnownDocument[]): Promise<string[]> {
    const rows = await this.database.sql<{ external_id: string }>(
      `SELECT i.external_id
       FROM unnest($3::text[], $4::text[]) AS i (external_id, sha256)
       WHERE NOT EXISTS (
         SELECT 1
         FROM document d
         JOIN document_version v
           ON v.tenant_id = $1 AND v.document_id = d.id AND v.version = d.latest_version
         WHERE d.tenant_id = $1 AND d.collection_id = $2 AND d.external_id = i.external_id
           AND v.raw_sha256 = i.sha256 AND v.status <> 'failed')`,
      [tenantId, collectionId, known.map(({ externalId }) => externalId), known.map(({ sha256 }) => sha256)],
    );
    return rows.map(({ external_id }) => external_id);
  }

  /** Ids of documents of a collection, whatever their state. */
  async idsOf(tenantId: string, collectionId: string, limit: number): Promise<string[]> {
    const rows = await this.database.sql<{ id: string }>(
      `SELECT id FROM document WHERE tenant_id = $1 AND collection_id = $2 ORDER BY id LIMIT $3`,
      [tenantId, collectionId, limit],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Deletes documents with everything that belongs to them and everything that refers to them: of their versions nothing is
   * left but ids and that they were deleted. All of it in one transaction that counts the epoch of their
   * collections; work on them that is under way finds nothing to do.
   * @returns the ids of those that existed
   */
  delete(tenantId: string, documentIds: readonly string[], tables: VectorTables): Promise<string[]> {
    return this.database.transaction(async (sql) => {
      const documents = await sql<{ id: string; collection_id: string }>(
        `SELECT id, collection_id FROM document
         WHERE tenant_id = $1 AND id = ANY($2::uuid[])
         ORDER BY external_id COLLATE "C"
         FOR UPDATE`,
        [tenantId, documentIds],
      );
      if (documents.length === 0) return [];
      const ids = documents.map(({ id }) => id);
      const named = await sql<{ principal: string }>(
        `SELECT DISTINCT unnest(acl) AS principal FROM document_version
         WHERE tenant_id = $1 AND document_id = ANY($2::uuid[])`,
        [tenantId, ids],
      );
      await sql(
        `UPDATE document_version
         SET status = 'deleted', external_id = '', content_hash = '', raw = NULL, text = NULL, title = NULL,
             metadata = '{}', acl = NULL, last_modified = NULL, error = NULL, raw_sha256 = NULL, source_url = NULL,
             source_etag = NULL, source_last_modified = NULL, updated_at = now()
         WHERE tenant_id = $1 AND document_id = ANY($2::uuid[]) AND status <> 'deleted'`,
        [tenantId, ids],
      );
      // Chunks before vectors: a worker that is adding vectors holds its chunks, staged or live, until it has.
      await sql(`DELETE FROM staged_chunk WHERE tenant_id = $1 AND document_id = ANY($2::uuid[])`, [
        tenantId,
        ids,
      ]);
      for (const collectionId of [...new Set(documents.map((document) => document.collection_id))].sort())
        await removeChunks(sql, tenantId, collectionId, ids);
      for (const { table } of await tables(sql))
        await sql(`DELETE FROM ${table} WHERE tenant_id = $1 AND document_id = ANY($2::uuid[])`, [
          tenantId,
          ids,
        ]);
      const collectionIds = documents.map((document) => document.collection_id);
      await sql(`DELETE FROM document WHERE tenant_id = $1 AND id = ANY($2::uuid[])`, [tenantId, ids]);
      // A publication that names one of them again waits for the collection's row, and adds it again.
      await sql(
        `DELETE FROM collection_principal p
         WHERE p.tenant_id = $1 AND p.collection_id = ANY($2::uuid[]) AND p.principal = ANY($3::text[])
           AND NOT EXISTS (SELECT FROM document d
                           WHERE d.tenant_id = $1 AND d.collection_id = p.collection_id
                             AND d.acl @> ARRAY[p.principal])`,
        [tenantId, collectionIds, named.map(({ principal }) => principal)],
      );
      // Questions about a document reveal what it says.
      await sql(`DELETE FROM recent_question WHERE tenant_id = $1 AND document_ids && $2::uuid[]`, [
        tenantId,
        ids,
      ]);
      return ids;
    });
  }
}

/** Removes the chunks of documents of one collection, which counts its epoch. */
async function removeChunks(sql: Sql, tenantId: string, collectionId: string, ids: string[]): Promise<void> {
  await sql(`UPDATE collection SET epoch = ${NEXT_EPOCH} WHERE tenant_id = $1 AND id = $2`, [
    tenantId,
    collectionId,
  ]);
  const [{ term_changes }] = await sql<{ term_changes: TermChanges }>(
    `WITH removed AS (
       DELETE FROM chunk
       WHERE tenant_id = $1 AND collection_id = $2 AND document_id = ANY($3::uuid[])
       RETURNING search, search_length)
     ${selectTermChanges('SELECT -1 AS sign, search, search_length FROM removed')}`,
    [tenantId, collectionId, ids],
  );
  await applyTermChanges(sql, tenantId, collectionId, term_changes);
}

function toDocument(row: DocumentRow): Document {
  return {
    id: row.id,
    externalId: row.external_id,
    collection: row.collection,
    version: row.latest_version,
    status: row.status,
    error: row.error,
    searchableVersion: row.searchable_version,
    title: row.title,
    mimeType: row.mime_type,
    url: row.source_url,
    language: row.language,
    metadata: row.metadata,
    acl: row.acl,
    lastModified: row.last_modified,
    chunks: row.chunks,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The error for an id that the tenant has no document of. */
export function documentNotFound(documentId: string): AppError {
  return new AppError('DOCUMENT_NOT_FOUND', `There is no document ${documentId}.`, {
    details: { document_id: documentId },
  });
}
