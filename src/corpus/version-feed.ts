import { Injectable } from '@nestjs/common';
import { CorpusDatabase } from './corpus-database';
import { UNFINISHED, type VersionRef, type VersionStatus } from './document';

/** A version that a worker should be asked for again. */
export interface IdleVersion extends VersionRef {
  status: VersionStatus;
}

/** A version that waited and is next. */
export interface FedVersion extends VersionRef {
  collectionId: string;
  /** Of its content; of what is still to be fetched, {@link UNFETCHED_BYTES}. */
  rawBytes: number;
}

/**
 * What a version counts for whose content is still to be fetched, and may be as large as any: few of them go into one job,
 * which has all its documents in memory at once.
 */
export const UNFETCHED_BYTES = 32_768;

/** What `enqueued_at` says of a version that no job was asked for yet: it waits in its tenant's queue. */
export const WAITING = `'-infinity'`;

interface Row {
  tenant_id: string;
  document_id: string;
  version: number;
}

/** Which versions the workers are to be asked for. */
@Injectable()
export class VersionFeed {
  constructor(private readonly database: CorpusDatabase) {}

  /**
   * Takes up to `limit` versions on their way that no job was asked for in `idleMs`, of all tenants, the longest idle
   * first, and counts them as asked for now: no other process takes the same.
   */
  async takeIdle(idleMs: number, limit: number): Promise<IdleVersion[]> {
    const rows = await this.database.sql<Row & { status: VersionStatus }>(
      `UPDATE document_version v
       SET enqueued_at = now()
       FROM (SELECT document_id, version
             FROM document_version
             WHERE status IN ${UNFINISHED} AND enqueued_at > ${WAITING}
               AND enqueued_at < now() - $1 * interval '1 millisecond'
             ORDER BY enqueued_at
             LIMIT $2
             FOR UPDATE SKIP LOCKED) AS idle
       WHERE v.document_id = idle.document_id AND v.version = idle.version
       RETURNING v.tenant_id, v.document_id, v.version, v.status`,
      [idleMs, limit],
    );
    return rows.map((row) => ({ ...refOf(row), status: row.status }));
  }

  /**
   * Takes up to `limit` versions that wait, the longest waiting first, all of the tenant that was served longest ago.
   * @returns none if none wait, or if others are just taking those that do
   */
  async takeWaiting(limit: number): Promise<FedVersion[]> {
    const rows = await this.database.sql<Row & { collection_id: string; raw_bytes: number }>(
      `WITH next AS (
         SELECT t.id AS tenant_id
         FROM tenant t
         LEFT JOIN ingest_turn turn ON turn.tenant_id = t.id
         WHERE EXISTS (SELECT 1 FROM document_version v
                       WHERE v.tenant_id = t.id AND v.status IN ${UNFINISHED} AND v.enqueued_at = ${WAITING})
         ORDER BY turn.served_at NULLS FIRST
         LIMIT 1),
       turn AS (
         INSERT INTO ingest_turn (tenant_id, served_at)
         SELECT tenant_id, clock_timestamp() FROM next
         ON CONFLICT (tenant_id) DO UPDATE SET served_at = excluded.served_at),
       waiting AS (
         SELECT v.document_id, v.version
         FROM document_version v
         WHERE v.tenant_id = (SELECT tenant_id FROM next) AND v.status IN ${UNFINISHED}
           AND v.enqueued_at = ${WAITING}
         ORDER BY v.created_at
         LIMIT $1
         FOR UPDATE SKIP LOCKED)
       UPDATE document_version v
       SET enqueued_at = now()
       FROM waiting
       WHERE v.document_id = waiting.document_id AND v.version = waiting.version
       RETURNING v.tenant_id, v.document_id, v.version, v.collection_id,
                 coalesce(octet_length(v.raw), $2) AS raw_bytes`,
      [limit, UNFETCHED_BYTES],
    );
    return rows.map((row) => ({
      ...refOf(row),
      collectionId: row.collection_id,
      rawBytes: row.raw_bytes,
    }));
  }

  /** Documents of a tenant that are on their way, counted up to `atMost`: so far, and no further, it costs time. */
  async underWay(tenantId: string, atMost: number): Promise<number> {
    return this.count(`tenant_id = $1 AND status IN ${UNFINISHED}`, tenantId, atMost);
  }

  /** Those of them for which workers were asked, counted in the same way. */
  async asked(tenantId: string, atMost: number): Promise<number> {
    return this.count(
      `tenant_id = $1 AND status IN ${UNFINISHED} AND enqueued_at > ${WAITING}`,
      tenantId,
      atMost,
    );
  }

  /** Versions of all tenants that wait, counted up to `atMost`. */
  async waiting(atMost: number): Promise<number> {
    const [{ count }] = await this.database.sql<{ count: number }>(
      `SELECT count(*)::integer AS count
       FROM (SELECT 1 FROM document_version
             WHERE status IN ${UNFINISHED} AND enqueued_at = ${WAITING} LIMIT $1) AS counted`,
      [atMost],
    );
    return count;
  }

  private async count(condition: string, tenantId: string, atMost: number): Promise<number> {
    const [{ count }] = await this.database.sql<{ count: number }>(
      `SELECT count(*)::integer AS count
       FROM (SELECT 1 FROM document_version WHERE ${condition} LIMIT $2) AS counted`,
      [tenantId, atMost],
    );
    return count;
  }
}

function refOf({ tenant_id, document_id, version }: Row): VersionRef {
  return { tenantId: tenant_id, documentId: document_id, version };
}
