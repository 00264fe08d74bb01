import { ApiProperty } from '@nestjs/swagger';
import { VERSION_STATUSES, type AcceptedDocument, type VersionStatus } from '../corpus/document';
import type { IngestJobDocument, IngestJobState } from '../corpus/ingest-job-store';

export const JOB_STATUSES = ['queued', 'processing', 'completed', 'completed_with_errors', 'failed'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** One document of the answer to `POST /admin/ingest`. */
export class AcceptedDocumentDto {
  @ApiProperty()
  document_id: string;

  @ApiProperty()
  external_id: string;

  @ApiProperty({ example: 1 })
  version: number;

  @ApiProperty({
    enum: ['queued', 'unchanged'],
    description: '`unchanged`: the latest version holds the very same already.',
  })
  status: 'queued' | 'unchanged';
}

/** Answer to `POST /admin/ingest`. */
export class AcceptedJobDto {
  @ApiProperty({ description: 'For `GET /admin/ingest/:jobId`.' })
  job_id: string;

  @ApiProperty({ type: [AcceptedDocumentDto] })
  documents: AcceptedDocumentDto[];
}

/** Why a document failed. */
export class IngestErrorDto {
  @ApiProperty({ example: 'EMPTY_DOCUMENT' })
  code: string;

  @ApiProperty()
  message: string;
}

/** One document of an ingestion job. */
export class IngestJobDocumentDto {
  @ApiProperty()
  document_id: string;

  @ApiProperty()
  external_id: string;

  @ApiProperty()
  version: number;

  @ApiProperty({ enum: VERSION_STATUSES })
  status: VersionStatus;

  @ApiProperty({ description: 'Chunks that have been embedded.' })
  chunks_done: number;

  @ApiProperty({ type: Number, nullable: true, description: 'Null until the document has been cut.' })
  chunks_total: number | null;

  @ApiProperty({ type: IngestErrorDto, nullable: true })
  error: IngestErrorDto | null;
}

/** Answer to `GET /admin/ingest/:jobId`, and every event of `…/events`. */
export class IngestJobDto {
  @ApiProperty()
  job_id: string;

  @ApiProperty({ enum: JOB_STATUSES, description: 'The last three are final.' })
  status: JobStatus;

  @ApiProperty({ format: 'date-time' })
  created_at: string;

  @ApiProperty({ type: [IngestJobDocumentDto] })
  documents: IngestJobDocumentDto[];
}

export function toAcceptedJobDto(jobId: string, documents: readonly AcceptedDocument[]): AcceptedJobDto {
  return {
    job_id: jobId,
    documents: documents.map(({ documentId, externalId, version, unchanged }) => ({
      document_id: documentId,
      external_id: externalId,
      version,
      status: unchanged ? 'unchanged' : 'queued',
    })),
  };
}

export function toIngestJobDto({ id, createdAt, documents }: IngestJobState): IngestJobDto {
  return {
    job_id: id,
    status: jobStatus(documents),
    created_at: createdAt.toISOString(),
    documents: documents.map((document) => ({
      document_id: document.documentId,
      external_id: document.externalId,
      version: document.version,
      status: document.status,
      chunks_done: document.chunksDone,
      chunks_total: document.chunksTotal,
      error: document.error,
    })),
  };
}

const UNFINISHED: readonly VersionStatus[] = ['queued', 'chunking', 'embedding'];

/** What the states of its documents make of a job. One that was overtaken or deleted is done for this job. */
export function jobStatus(documents: readonly Pick<IngestJobDocument, 'status'>[]): JobStatus {
  if (documents.every(({ status }) => status === 'queued')) return 'queued';
  if (documents.some(({ status }) => UNFINISHED.includes(status))) return 'processing';
  const failed = documents.filter(({ status }) => status === 'failed').length;
  return failed === 0 ? 'completed' : failed < documents.length ? 'completed_with_errors' : 'failed';
}

/** Whether nothing of a job will change any more by itself. */
export function isFinal(status: JobStatus): boolean {
  return status !== 'queued' && status !== 'processing';
}
