import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { isUuid, newOrderedId } from '../common/ids';
import { CorpusDatabase } from './corpus-database';
import { UNFINISHED, VERSION_STATUSES, type VersionError, type VersionStatus } from './document';

/** How long a job counts as being received after the last word of the process that receives it. */
const RECEIVING_LEASE_MS = 60_000;

/** One document of a job. */
export interface IngestJobDocument {
  ordinal: number;
  documentId: string;
  externalId: string;
  version: number;
  status: VersionStatus;
  unchanged: boolean;
  chunksDone: number;
  /** Null until the document has been chunked. */
  chunksTotal: number | null;
  error: VersionError | null;
}

/** A part of what was sent that could not be taken in. */
export interface Rejection {
  /** From 1. */
  line: number;
  code: string;
  message: string;
}

/** A job without its documents. */
export interface IngestJob {
  id: string;
  createdAt: Date;
  /** Whether more documents of it may still come. */
  receiving: boolean;
  /** Whether all that was sent arrived, or still may. */
  complete: boolean;
}

/** What one call of `POST /admin/ingest` brought, in its order. */
export interface IngestJobState extends IngestJob {
  /** Of all its documents, by status. */
  counts: Record<VersionStatus, number>;
  unchanged: number;
  rejected: number;
  /** A page of them. */
  documents: IngestJobDocument[];
}

/** Which jobs a caller may see. */
export interface JobFilter {
  /** Names of those that their collections are to be among; null or left out: any, also deleted ones. */
  collections?: readonly string[] | null;
}

/** Documents of a job: those after an ordinal. */
export interface JobPage extends JobFilter {
  after?: number;
  limit: number;
}

interface JobRow {
  id: string;
  created_at: Date;
  receiving: boolean;
  complete: boolean;
}

const JOB_COLUMNS = `j.id, j.created_at, coalesce(j.receiving_until > now(), false) AS receiving,
  j.complete OR coalesce(j.receiving_until > now(), false) AS complete`;

/** Whether job `j` is of the collections whose names a parameter lists, where it does. */
const ofCollections = (parameter: string) => `(${parameter}::text[] IS NULL OR EXISTS (
  SELECT 1 FROM collection c WHERE c.tenant_id = $1 AND c.id = j.collection_id AND c.name = ANY(${parameter})))`;

/** How far ingestion jobs are: always what the versions themselves say. */
@Injectable()
export class IngestJobStore {
  constructor(
    private readonly database: CorpusDatabase,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Makes a job whose documents come one after the other; {@link keepOpen} it until they have. @returns its id */
  async open(tenantId: string, collectionId: string): Promise<string> {
    const id = newOrderedId(this.clock.nowMs());
    await this.database.sql(
      `INSERT INTO ingest_job (id, tenant_id, collection_id, complete, receiving_until)
       VALUES ($1, $2, $3, false, now() + $4 * interval '1 millisecond')`,
      [id, tenantId, collectionId, RECEIVING_LEASE_MS],
    );
    return id;
  }

  /** Says that documents of a job may still come, to be repeated twice a minute at least. */
  async keepOpen(tenantId: string, jobId: string): Promise<void> {
    await this.database.sql(
      `UPDATE ingest_job SET receiving_until = now() + $3 * interval '1 millisecond' WHERE tenant_id = $1 AND id = $2`,
      [tenantId, jobId, RECEIVING_LEASE_MS],
    );
  }

  /** Says that no more will come. @param complete whether all that was sent arrived */
  async close(tenantId: string, jobId: string, complete: boolean): Promise<void> {
    await this.database.sql(
      `UPDATE ingest_job SET receiving_until = NULL, complete = $3 WHERE tenant_id = $1 AND id = $2`,
      [tenantId, jobId, complete],
    );
  }

  /** @throws AppError `JOB_NOT_FOUND` */
  async get(tenantId: string, jobId: string, page: JobPage): Promise<IngestJobState> {
    const job = await this.find(tenantId, jobId, page);
    const counted = await this.database.sql<{ status: VersionStatus; count: number; unchanged: number }>(
      `SELECT v.status, count(*)::integer AS count, (count(*) FILTER (WHERE jd.unchanged))::integer AS unchanged
       FROM ingest_job_document jd
       JOIN document_version v ON v.tenant_id = $1 AND v.document_id = jd.document_id AND v.version = jd.version
       WHERE jd.tenant_id = $1 AND jd.job_id = $2
       GROUP BY v.status`,
      [tenantId, jobId],
    );
    const counts = Object.fromEntries(VERSION_STATUSES.map((status) => [status, 0])) as Record<
      VersionStatus,
      number
    >;
    for (const { status, count } of counted) counts[status] = count;
    const [{ rejected }] = await this.database.sql<{ rejected: number }>(
      `SELECT count(*)::integer AS rejected FROM ingest_job_rejection WHERE tenant_id = $1 AND job_id = $2`,
      [tenantId, jobId],
    );
    return {
      ...job,
      counts,
      unchanged: counted.reduce((sum, { unchanged }) => sum + unchanged, 0),
      rejected,
      documents: await this.documents(tenantId, jobId, page),
    };
  }

  /** The tenant's jobs, the newest first: those before a job. */
  async list(
    tenantId: string,
    { before, limit, collections }: JobFilter & { before?: string; limit: number },
  ): Promise<IngestJob[]> {
    const rows = await this.database.sql<JobRow>(
      `SELECT ${JOB_COLUMNS} FROM ingest_job j
       WHERE j.tenant_id = $1 AND ($2::uuid IS NULL OR j.id < $2) AND ${ofCollections('$4')}
       ORDER BY j.id DESC
       LIMIT $3`,
      [tenantId, before ?? null, limit, collections ?? null],
    );
    return rows.map(toJob);
  }

  /** What of a job could not be taken in, by line: those after a line. @throws AppError `JOB_NOT_FOUND` */
  async rejections(tenantId: string, jobId: string, page: JobPage): Promise<Rejection[]> {
    await this.find(tenantId, jobId, page);
    return this.database.sql<Rejection>(
      `SELECT line, code, message FROM ingest_job_rejection
       WHERE tenant_id = $1 AND job_id = $2 AND line > $3
       ORDER BY line
       LIMIT $4`,
      [tenantId, jobId, page.after ?? 0, page.limit],
    );
  }

  /**
   * Forgets up to `limit` jobs of all tenants that are older and done, then versions that are no longer visible and no
   * job names.
   * @returns how many rows of both went
   */
  async forget(olderThanMs: number, limit: number): Promise<number> {
    const jobs = await this.database.sql(
      `DELETE FROM ingest_job
       WHERE id IN (
         SELECT j.id FROM ingest_job j
         WHERE j.created_at < now() - $1 * interval '1 millisecond'
           AND NOT EXISTS (SELECT 1 FROM ingest_job_document jd
                           JOIN document_version v ON v.document_id = jd.document_id AND v.version = jd.version
                           WHERE jd.job_id = j.id AND v.status IN ${UNFINISHED})
         ORDER BY j.id
         LIMIT $2
         FOR UPDATE SKIP LOCKED)
       RETURNING id`,
      [olderThanMs, limit],
    );
    const versions = await this.database.sql(
      `DELETE FROM document_version
       WHERE (document_id, version) IN (
         SELECT v.document_id, v.version FROM document_version v
         WHERE v.status IN ('superseded', 'deleted') AND v.updated_at < now() - $1 * interval '1 millisecond'
           AND NOT EXISTS (SELECT 1 FROM ingest_job_document jd
                           WHERE jd.document_id = v.document_id AND jd.version = v.version)
         LIMIT $2
         FOR UPDATE SKIP LOCKED)
       RETURNING version`,
      [olderThanMs, limit],
    );
    return jobs.length + versions.length;
  }

  private async find(tenantId: string, jobId: string, { collections }: JobFilter): Promise<IngestJob> {
    const rows = isUuid(jobId)
      ? await this.database.sql<JobRow>(
          `SELECT ${JOB_COLUMNS} FROM ingest_job j
           WHERE j.tenant_id = $1 AND j.id = $2 AND ${ofCollections('$3')}`,
          [tenantId, jobId, collections ?? null],
        )
      : [];
    if (rows.length > 0) return toJob(rows[0]);
    throw new AppError('JOB_NOT_FOUND', `There is no ingestion job ${jobId}.`, {
      details: { job_id: jobId },
    });
  }

  private async documents(
    tenantId: string,
    jobId: string,
    { after = -1, limit }: JobPage,
  ): Promise<IngestJobDocument[]> {
    return this.database.sql<IngestJobDocument>(
      `SELECT jd.ordinal, v.document_id AS "documentId", v.external_id AS "externalId", v.version, v.status,
              jd.unchanged, v.chunks_done AS "chunksDone", v.chunks_total AS "chunksTotal", v.error
       FROM ingest_job_document jd
       JOIN document_version v ON v.tenant_id = $1 AND v.document_id = jd.document_id AND v.version = jd.version
       WHERE jd.tenant_id = $1 AND jd.job_id = $2 AND jd.ordinal > $3
       ORDER BY jd.ordinal
       LIMIT $4`,
      [tenantId, jobId, after, limit],
    );
  }
}

function toJob({ id, created_at, receiving, complete }: JobRow): IngestJob {
  return { id, createdAt: created_at, receiving, complete };
}
