import { Injectable } from '@nestjs/common';
import { newId } from '../common/ids';
import { CorpusDatabase } from './corpus-database';
import { parametersOf, UNFINISHED, type VersionRef } from './document';

/** Documents of one batch: what a step costs besides its documents is shared by so many. */
const MAX_BATCH_DOCUMENTS = 32;
/** Raw content of one batch, unless a single document has more. */
const MAX_BATCH_BYTES = 262_144;
/** What a document counts for that is still to be fetched: it may be large, and a batch is in memory at once. */
const UNFETCHED_BYTES = 32_768;

/** What `enqueued_at` says of a version that is due and was given to no worker yet. */
export const WAITING = `'-infinity'`;

/** Versions of one tenant that a worker takes through a step together. */
export interface VersionBatch {
  /** The same whenever the batch is given to the workers. Without colon. */
  id: string;
  step: 'chunk' | 'embed';
  versions: VersionRef[];
}

interface Row {
  tenant_id: string;
  document_id: string;
  version: number;
  status: string;
  batch_id: string | null;
}

const COLUMNS = 'v.tenant_id, v.document_id, v.version, v.status, v.batch_id';

/** Which versions are due: those that wait, and those whose job may be lost. */
@Injectable()
export class DueVersions {
  constructor(private readonly database: CorpusDatabase) {}

  /**
   * Takes a batch of those that wait, the longest waiting first, all of one collection of the tenant that was served
   * longest ago. No other process takes the same.
   * @returns null if none wait, or if others are just taking those that do
   */
  async takeBatch(): Promise<VersionBatch | null> {
    const rows = await this.database.sql<Row>(
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
         SELECT v.document_id, v.version, v.collection_id, v.isolated, v.created_at,
                coalesce(octet_length(v.raw), $3) AS bytes
         FROM document_version v
         WHERE v.tenant_id = (SELECT tenant_id FROM next) AND v.status IN ${UNFINISHED}
           AND v.enqueued_at = ${WAITING}
         ORDER BY v.created_at
         LIMIT $1
         FOR UPDATE SKIP LOCKED),
       ordered AS (
         SELECT w.*, row_number() OVER w AS nth, sum(bytes) OVER w AS total_bytes,
                first_value(collection_id) OVER w AS first_collection, bool_or(isolated) OVER w AS any_isolated
         FROM waiting w
         WINDOW w AS (ORDER BY created_at, document_id ROWS UNBOUNDED PRECEDING))
       UPDATE document_version v
       SET enqueued_at = now(), batch_id = $4
       FROM ordered o
       WHERE v.document_id = o.document_id AND v.version = o.version
         AND (o.nth = 1 OR (o.total_bytes <= $2 AND o.collection_id = o.first_collection AND NOT o.any_isolated))
       RETURNING ${COLUMNS}`,
      [MAX_BATCH_DOCUMENTS, MAX_BATCH_BYTES, UNFETCHED_BYTES, newId()],
    );
    return batchesOf(rows)[0] ?? null;
  }

  /**
   * Takes the batches of versions that were given to the workers longer ago than `idleMs`, up to `limit` versions of all
   * tenants, and counts them as given now. Most of them still have their job.
   */
  async takeIdle(idleMs: number, limit: number): Promise<VersionBatch[]> {
    const rows = await this.database.sql<Row>(
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
       RETURNING ${COLUMNS}`,
      [idleMs, limit],
    );
    return batchesOf(rows);
  }

  /** Makes versions of one tenant due again, each as a batch by itself, as their batch fails or kills its workers. */
  async isolate(refs: readonly VersionRef[]): Promise<void> {
    await this.database.sql(
      `UPDATE document_version v
       SET isolated = true, enqueued_at = ${WAITING}
       FROM unnest($2::uuid[], $3::integer[]) AS i (document_id, version)
       WHERE v.tenant_id = $1 AND v.document_id = i.document_id AND v.version = i.version
         AND v.status IN ${UNFINISHED}`,
      parametersOf(refs),
    );
  }

  /** Documents of a tenant that are on their way, counted up to `atMost`: so far, and no further, it costs time. */
  countUnfinished(tenantId: string, atMost: number): Promise<number> {
    return this.count(`tenant_id = $2`, [atMost, tenantId]);
  }

  /** Those of them that were given to the workers, counted in the same way. */
  countDispatched(tenantId: string, atMost: number): Promise<number> {
    return this.count(`tenant_id = $2 AND enqueued_at > ${WAITING}`, [atMost, tenantId]);
  }

  /** Versions of all tenants that wait, counted in the same way. */
  countWaiting(atMost: number): Promise<number> {
    return this.count(`enqueued_at = ${WAITING}`, [atMost]);
  }

  private async count(condition: string, parameters: [atMost: number, ...unknown[]]): Promise<number> {
    const [{ count }] = await this.database.sql<{ count: number }>(
      `SELECT count(*)::integer AS count
       FROM (SELECT 1 FROM document_version WHERE status IN ${UNFINISHED} AND ${condition} LIMIT $1) AS counted`,
      parameters,
    );
    return count;
  }
}

function batchesOf(rows: readonly Row[]): VersionBatch[] {
  const batches = new Map<string, VersionBatch>();
  for (const { tenant_id: tenantId, document_id: documentId, version, status, batch_id: batchId } of rows) {
    const id = batchId ?? `${documentId}_${version}`;
    const step = status === 'embedding' ? 'embed' : 'chunk';
    const batch = batches.get(step + id) ?? { id, step, versions: [] };
    batches.set(step + id, batch);
    batch.versions.push({ tenantId, documentId, version });
  }
  return [...batches.values()];
}
