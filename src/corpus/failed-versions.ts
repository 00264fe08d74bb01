import { Injectable } from '@nestjs/common';
import { CorpusDatabase } from './corpus-database';
import type { VersionError } from './document';
import { WAITING } from './due-versions';

/** The latest version of a document, which failed for good. */
export interface FailedDocument {
  documentId: string;
  externalId: string;
  collection: string;
  version: number;
  error: VersionError;
  failedAt: Date;
}

/** Which failures; what is left out does not matter. */
export interface FailureFilter {
  /** Names of those that their collections are to be among; null: any. */
  collections?: readonly string[] | null;
  collectionId?: string;
  /** Of the error. */
  code?: string;
  documentIds?: readonly string[];
}

/** Those that match, as a condition on versions `v` and their documents `d`, over the first five parameters. */
const MATCHING = `
  v.tenant_id = $1 AND v.status = 'failed' AND v.version = d.latest_version
  AND ($2::uuid IS NULL OR v.collection_id = $2)
  AND ($3::text IS NULL OR v.error->>'code' = $3)
  AND ($4::uuid[] IS NULL OR v.document_id = ANY($4))
  AND ($5::text[] IS NULL OR EXISTS (
    SELECT 1 FROM collection g WHERE g.tenant_id = $1 AND g.id = v.collection_id AND g.name = ANY($5)))`;

/** What failed for good and can be tried again: versions that nothing newer has taken the place of. */
@Injectable()
export class FailedVersions {
  constructor(private readonly database: CorpusDatabase) {}

  /** A page of them in the order of their documents' creation: those after a document. */
  async list(
    tenantId: string,
    filter: FailureFilter,
    page: { after?: string; limit: number },
  ): Promise<FailedDocument[]> {
    return this.database.sql<FailedDocument>(
      `SELECT v.document_id AS "documentId", v.external_id AS "externalId", c.name AS collection, v.version, v.error,
              v.updated_at AS "failedAt"
       FROM document_version v
       JOIN document d ON d.tenant_id = $1 AND d.id = v.document_id
       JOIN collection c ON c.tenant_id = $1 AND c.id = v.collection_id
       WHERE ${MATCHING} AND ($6::uuid IS NULL OR v.document_id > $6)
       ORDER BY v.document_id
       LIMIT $7`,
      [...parametersOf(tenantId, filter), page.after ?? null, page.limit],
    );
  }

  /**
   * Queues up to `limit` of them again; they wait for the dispatcher. What came from a URL is fetched again: there it may
   * have been mended.
   * @returns how many
   */
  async retry(tenantId: string, filter: FailureFilter, limit: number): Promise<number> {
    const rows = await this.database.sql(
      `WITH failed AS (
         SELECT v.document_id, v.version
         FROM document_version v
         JOIN document d ON d.tenant_id = $1 AND d.id = v.document_id
         WHERE ${MATCHING}
         ORDER BY d.external_id COLLATE "C"
         LIMIT $6
         FOR UPDATE OF d, v)
       UPDATE document_version v
       SET status = 'queued', error = NULL, text = NULL, raw = CASE WHEN v.source_url IS NULL THEN v.raw END, chunks_total = NULL, chunks_done = 0,
           updated_at = now(), enqueued_at = ${WAITING}
       FROM failed
       WHERE v.tenant_id = $1 AND v.document_id = failed.document_id AND v.version = failed.version
       RETURNING v.version`,
      [...parametersOf(tenantId, filter), limit],
    );
    return rows.length;
  }
}

function parametersOf(tenantId: string, { collectionId, code, documentIds, collections }: FailureFilter) {
  return [tenantId, collectionId ?? null, code ?? null, documentIds ?? null, collections ?? null];
}
