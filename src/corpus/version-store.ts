import { Injectable } from '@nestjs/common';
import type { CollectionSettings } from './collection';
import { CorpusDatabase, type Sql } from './corpus-database';
import {
  UNFINISHED,
  type VectorTable,
  type VersionError,
  type VersionRef,
  type VersionStatus,
} from './document';

/** What the chunk step works on. */
export interface RawVersion {
  raw: Buffer;
  mimeType: string;
  title: string | null;
  externalId: string;
  chunking: NonNullable<CollectionSettings['chunking']>;
}

/** A version that a worker should be asked for again. */
export interface IdleVersion extends VersionRef {
  status: VersionStatus;
}

/** The state of versions on their way, for the workers. */
@Injectable()
export class VersionStore {
  constructor(private readonly database: CorpusDatabase) {}

  /** The status of a version; `deleted` also when there is no such row. */
  async status({ tenantId, documentId, version }: VersionRef): Promise<VersionStatus> {
    const rows = await this.database.sql<{ status: VersionStatus }>(
      `SELECT status FROM document_version WHERE tenant_id = $1 AND document_id = $2 AND version = $3`,
      [tenantId, documentId, version],
    );
    return rows[0]?.status ?? 'deleted';
  }

  /** Begins the chunk step, for the first time or again. @returns null if the version is past it */
  async startChunking({ tenantId, documentId, version }: VersionRef): Promise<RawVersion | null> {
    const rows = await this.database.sql<{
      raw: Buffer;
      mime_type: string;
      title: string | null;
      external_id: string;
      settings: CollectionSettings;
    }>(
      `UPDATE document_version v
       SET status = 'chunking', updated_at = now()
       FROM collection c
       WHERE v.tenant_id = $1 AND v.document_id = $2 AND v.version = $3
         AND v.status IN ('queued', 'chunking') AND c.id = v.collection_id
       RETURNING v.raw, v.mime_type, v.title, v.external_id, c.settings`,
      [tenantId, documentId, version],
    );
    if (rows.length === 0) return null;
    const [{ raw, mime_type, title, external_id, settings }] = rows;
    return { raw, mimeType: mime_type, title, externalId: external_id, chunking: settings.chunking ?? {} };
  }

  /** Tells how many chunks lack their vector; progress never goes back. @returns whether the version is still wanted */
  async progress({ tenantId, documentId, version }: VersionRef, chunksLeft: number): Promise<boolean> {
    const rows = await this.database.sql(
      `UPDATE document_version
       SET chunks_done = greatest(chunks_done, chunks_total - $4::integer), updated_at = now()
       WHERE tenant_id = $1 AND document_id = $2 AND version = $3 AND status = 'embedding'
       RETURNING version`,
      [tenantId, documentId, version, chunksLeft],
    );
    return rows.length > 0;
  }

  /**
   * Gives a version up for good. What readers see of its document stays as it is; its raw content stays too, so
   * that it can be tried again.
   * @param tables every table that holds vectors
   * @returns whether it was still on its way
   */
  fail(ref: VersionRef, error: VersionError, tables: readonly VectorTable[]): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      await sql(`SELECT 1 FROM document WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [
        ref.tenantId,
        ref.documentId,
      ]);
      const failed = await sql(
        `UPDATE document_version
         SET status = 'failed', error = $4, text = NULL, updated_at = now()
         WHERE tenant_id = $1 AND document_id = $2 AND version = $3 AND status IN ${UNFINISHED}
         RETURNING version`,
        [ref.tenantId, ref.documentId, ref.version, JSON.stringify(error)],
      );
      if (failed.length === 0) return false;
      await dropStaged(sql, ref, tables);
      return true;
    });
  }

  /**
   * Takes up to `limit` versions on their way that no job was asked for in `idleMs`, of all tenants, the longest idle
   * first, and counts them as asked for now: no other process takes the same.
   */
  async takeIdle(idleMs: number, limit: number): Promise<IdleVersion[]> {
    const rows = await this.database.sql<{
      tenant_id: string;
      document_id: string;
      version: number;
      status: VersionStatus;
    }>(
      `UPDATE document_version v
       SET enqueued_at = now()
       FROM (SELECT document_id, version
             FROM document_version
             WHERE status IN ${UNFINISHED} AND enqueued_at < now() - $1 * interval '1 millisecond'
             ORDER BY enqueued_at
             LIMIT $2
             FOR UPDATE SKIP LOCKED) AS idle
       WHERE v.document_id = idle.document_id AND v.version = idle.version
       RETURNING v.tenant_id, v.document_id, v.version, v.status`,
      [idleMs, limit],
    );
    return rows.map((row) => ({
      tenantId: row.tenant_id,
      documentId: row.document_id,
      version: row.version,
      status: row.status,
    }));
  }
}

/**
 * Removes the staged chunks of a version and of those before it, then every vector of the document that belongs to no
 * chunk. In this order, because a worker that is adding vectors holds its staged chunks until it has.
 */
export async function dropStaged(
  sql: Sql,
  { tenantId, documentId, version }: VersionRef,
  tables: readonly VectorTable[],
): Promise<void> {
  await sql(`DELETE FROM staged_chunk WHERE tenant_id = $1 AND document_id = $2 AND version <= $3`, [
    tenantId,
    documentId,
    version,
  ]);
  for (const { table } of tables)
    await sql(
      `DELETE FROM ${table} e
       WHERE e.tenant_id = $1 AND e.document_id = $2
         AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.id = e.chunk_id)
         AND NOT EXISTS (SELECT 1 FROM staged_chunk s WHERE s.id = e.chunk_id)`,
      [tenantId, documentId],
    );
}
