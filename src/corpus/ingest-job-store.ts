import { Injectable } from '@nestjs/common';
import { isUuid } from '../common/ids';
import { AppError } from '../common/app-error';
import { CorpusDatabase } from './corpus-database';
import type { VersionError, VersionStatus } from './document';

/** One document of a job. */
export interface IngestJobDocument {
  documentId: string;
  externalId: string;
  version: number;
  status: VersionStatus;
  unchanged: boolean;
  chunksDone: number;
  /** Null until the document has been cut. */
  chunksTotal: number | null;
  error: VersionError | null;
}

/** What one call of `POST /admin/ingest` brought, in its order. */
export interface IngestJobState {
  id: string;
  createdAt: Date;
  documents: IngestJobDocument[];
}

interface Row {
  created_at: Date;
  document_id: string;
  external_id: string;
  version: number;
  status: VersionStatus;
  unchanged: boolean;
  chunks_done: number;
  chunks_total: number | null;
  error: VersionError | null;
}

/** How far ingestion jobs are: always what the versions themselves say. */
@Injectable()
export class IngestJobStore {
  constructor(private readonly database: CorpusDatabase) {}

  /** @throws AppError `JOB_NOT_FOUND` */
  async get(tenantId: string, jobId: string): Promise<IngestJobState> {
    const rows = isUuid(jobId)
      ? await this.database.sql<Row>(
          `SELECT j.created_at, v.document_id, v.external_id, v.version, v.status, jd.unchanged, v.chunks_done,
                  v.chunks_total, v.error
           FROM ingest_job j
           JOIN ingest_job_document jd ON jd.tenant_id = $1 AND jd.job_id = j.id
           JOIN document_version v
             ON v.tenant_id = $1 AND v.document_id = jd.document_id AND v.version = jd.version
           WHERE j.tenant_id = $1 AND j.id = $2
           ORDER BY jd.ordinal`,
          [tenantId, jobId],
        )
      : [];
    if (rows.length === 0)
      throw new AppError('JOB_NOT_FOUND', `There is no ingestion job ${jobId}.`, {
        details: { job_id: jobId },
      });
    return {
      id: jobId,
      createdAt: rows[0].created_at,
      documents: rows.map((row) => ({
        documentId: row.document_id,
        externalId: row.external_id,
        version: row.version,
        status: row.status,
        unchanged: row.unchanged,
        chunksDone: row.chunks_done,
        chunksTotal: row.chunks_total,
        error: row.error,
      })),
    };
  }
}
