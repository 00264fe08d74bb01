import { Injectable } from '@nestjs/common';
import type { CollectionSettings } from './collection';
import { CorpusDatabase, type Sql } from './corpus-database';
import {
  parametersOf,
  UNFINISHED,
  type VectorTables,
  type VersionError,
  type VersionRef,
  type VersionStatus,
} from './document';

/** What the chunk step works on. */
export interface RawVersion extends VersionRef {
  /** Null for what is still to be fetched from `url`. */
  raw: Buffer | null;
  url: string | null;
  mimeType: string;
  title: string | null;
  externalId: string;
  chunking: NonNullable<CollectionSettings['chunking']>;
}

interface VersionRow {
  document_id: string;
  version: number;
}

/** The state of versions on their way, for the workers. Versions that are named together are of one tenant. */
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

  /** Begins the chunk step, for the first time or again. @returns those that are not past it */
  async startChunking(refs: readonly VersionRef[]): Promise<RawVersion[]> {
    const rows = await this.database.sql<
      VersionRow & {
        raw: Buffer | null;
        source_url: string | null;
        mime_type: string;
        title: string | null;
        external_id: string;
        settings: CollectionSettings;
      }
    >(
      `UPDATE document_version v
       SET status = 'chunking', updated_at = now(), enqueued_at = now()
       FROM unnest($2::uuid[], $3::integer[]) AS i (document_id, version), collection c
       WHERE v.tenant_id = $1 AND v.document_id = i.document_id AND v.version = i.version
         AND v.status IN ('queued', 'chunking') AND c.id = v.collection_id
       RETURNING v.document_id, v.version, v.raw, v.source_url, v.mime_type, v.title, v.external_id, c.settings`,
      parametersOf(refs),
    );
    return rows.map((row) => ({
      ...refOf(refs[0].tenantId, row),
      raw: row.raw,
      url: row.source_url,
      mimeType: row.mime_type,
      title: row.title,
      externalId: row.external_id,
      chunking: row.settings.chunking ?? {},
    }));
  }

  /** Those of some versions that have their chunks and lack vectors or publication. */
  async embedding(refs: readonly VersionRef[]): Promise<VersionRef[]> {
    const rows = await this.database.sql<VersionRow>(
      `SELECT v.document_id, v.version
       FROM unnest($2::uuid[], $3::integer[]) AS i (document_id, version)
       JOIN document_version v
         ON v.tenant_id = $1 AND v.document_id = i.document_id AND v.version = i.version AND v.status = 'embedding'`,
      parametersOf(refs),
    );
    return rows.map((row) => refOf(refs[0].tenantId, row));
  }

  /**
   * Records how many chunks of each version lack their vector; progress never goes back.
   * @returns the versions that are still wanted
   */
  async progress(refs: readonly VersionRef[], chunksLeft: readonly number[]): Promise<VersionRef[]> {
    const rows = await this.database.sql<VersionRow>(
      `UPDATE document_version v
       SET chunks_done = greatest(v.chunks_done, v.chunks_total - i.chunks_left), updated_at = now()
       FROM unnest($2::uuid[], $3::integer[], $4::integer[]) AS i (document_id, version, chunks_left)
       WHERE v.tenant_id = $1 AND v.document_id = i.document_id AND v.version = i.version AND v.status = 'embedding'
       RETURNING v.document_id, v.version`,
      [...parametersOf(refs), chunksLeft],
    );
    return rows.map((row) => refOf(refs[0].tenantId, row));
  }

  /**
   * Gives a version up for good. What readers see of its document stays as it is; its raw content stays too, so
   * that it can be tried again.
   * @returns whether it was still on its way
   */
  fail(ref: VersionRef, error: VersionError, tables: VectorTables): Promise<boolean> {
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
      await removeStaged(sql, [ref], tables);
      return true;
    });
  }
}

function refOf(tenantId: string, { document_id, version }: VersionRow): VersionRef {
  return { tenantId, documentId: document_id, version };
}

/**
 * Removes the staged chunks of versions and of those before them, then every vector of their documents that belongs to no
 * chunk. In this order, because a worker that is adding vectors holds its staged chunks until it has.
 */
export async function removeStaged(
  sql: Sql,
  refs: readonly VersionRef[],
  tables: VectorTables,
): Promise<void> {
  await sql(
    `DELETE FROM staged_chunk s
     USING unnest($2::uuid[], $3::integer[]) AS i (document_id, version)
     WHERE s.tenant_id = $1 AND s.document_id = i.document_id AND s.version <= i.version`,
    parametersOf(refs),
  );
  const [tenantId, documentIds] = parametersOf(refs);
  for (const { table } of await tables(sql))
    await sql(
      `DELETE FROM ${table} e
       WHERE e.tenant_id = $1 AND e.document_id = ANY($2::uuid[])
         AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.id = e.chunk_id)
         AND NOT EXISTS (SELECT 1 FROM staged_chunk s WHERE s.id = e.chunk_id)`,
      [tenantId, documentIds],
    );
}
