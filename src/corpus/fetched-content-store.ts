import { Injectable } from '@nestjs/common';
import { CorpusDatabase } from './corpus-database';
import { applyAcl } from './document-access';
import type { VectorTables, VersionRef } from './document';
import { removeStaged } from './version-store';

/** A server's validators of a document's state (ETag, Last-Modified), unchanged. */
export interface SourceValidators {
  etag: string | null;
  lastModified: string | null;
}

/** What is known of the content that a document has now. */
export interface KnownContent extends SourceValidators {
  /** SHA-256, hexadecimal. */
  sha256: string | null;
}

/** Content that was fetched. */
export interface FetchedContent extends SourceValidators {
  raw: Buffer;
  mimeType: string;
  sha256: string;
}

/** The content of versions that are fetched from a URL. */
@Injectable()
export class FetchedContentStore {
  constructor(private readonly database: CorpusDatabase) {}

  /**
   * What the searchable version holds, if it came from the same URL and the same is said of it: then content that did not
   * change makes no new version. Null otherwise.
   */
  async known({ tenantId, documentId, version }: VersionRef): Promise<KnownContent | null> {
    const rows = await this.database.sql<{
      etag: string | null;
      modified: string | null;
      sha256: string | null;
    }>(
      `SELECT s.source_etag AS etag, s.source_last_modified AS modified, s.raw_sha256 AS sha256
       FROM document_version v
       JOIN document d ON d.tenant_id = $1 AND d.id = v.document_id
       JOIN document_version s
         ON s.tenant_id = $1 AND s.document_id = d.id AND s.version = d.searchable_version
            AND s.content_hash = v.content_hash AND s.source_url = v.source_url
       WHERE v.tenant_id = $1 AND v.document_id = $2 AND v.version = $3`,
      [tenantId, documentId, version],
    );
    return rows.length === 0
      ? null
      : { etag: rows[0].etag, lastModified: rows[0].modified, sha256: rows[0].sha256 };
  }

  /** Keeps content, so that later tries of the chunk step need not fetch it. @returns whether it is still wanted */
  async store(
    { tenantId, documentId, version }: VersionRef,
    { raw, mimeType, sha256, etag, lastModified }: FetchedContent,
  ): Promise<boolean> {
    const modifiedMs = lastModified === null ? NaN : Date.parse(lastModified);
    const rows = await this.database.sql(
      `UPDATE document_version
       SET raw = $4, mime_type = $5, raw_sha256 = $6, source_etag = $7, source_last_modified = $8,
           last_modified = coalesce(last_modified, $9::timestamptz), updated_at = now()
       WHERE tenant_id = $1 AND document_id = $2 AND version = $3 AND status = 'chunking'
       RETURNING version`,
      [
        tenantId,
        documentId,
        version,
        raw,
        mimeType,
        sha256,
        etag,
        lastModified,
        Number.isNaN(modifiedMs) ? null : new Date(modifiedMs).toISOString(),
      ],
    );
    return rows.length > 0;
  }

  /**
   * Ends a version whose source still holds what the searchable version says; the next one is compared by what the server
   * says now.
   * @returns whether it was still on its way
   */
  unchanged(ref: VersionRef, now: SourceValidators, tables: VectorTables): Promise<boolean> {
    const { tenantId, documentId, version } = ref;
    return this.database.transaction(async (sql) => {
      await sql(`SELECT 1 FROM document WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [tenantId, documentId]);
      const ended = await sql(
        `UPDATE document_version SET status = 'unchanged', updated_at = now()
         WHERE tenant_id = $1 AND document_id = $2 AND version = $3 AND status = 'chunking'
         RETURNING version`,
        [tenantId, documentId, version],
      );
      if (ended.length === 0) return false;
      // Of those before it that it has overtaken.
      await removeStaged(sql, [ref], tables);
      await sql(
        `UPDATE document_version v
         SET source_etag = coalesce($3, v.source_etag), source_last_modified = coalesce($4, v.source_last_modified)
         FROM document d
         WHERE d.tenant_id = $1 AND d.id = $2
           AND v.tenant_id = $1 AND v.document_id = $2 AND v.version = d.searchable_version`,
        [tenantId, documentId, now.etag, now.lastModified],
      );
      await applyAcl(sql, ref);
      return true;
    });
  }
}
