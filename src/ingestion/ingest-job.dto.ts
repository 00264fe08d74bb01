import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { VERSION_STATUSES, type AcceptedDocument, type VersionStatus } from '../corpus/document';
import type { IngestJob, IngestJobDocument, IngestJobState, Rejection } from '../corpus/ingest-job-store';
import { CursorDto, encodeCursor } from '../common/page-cursor';

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

/** A line of an upload that could not be taken in. */
export class RejectionDto {
  @ApiProperty({ description: 'From 1.' })
  line: number;

  @ApiProperty({ example: 'VALIDATION_FAILED' })
  code: string;

  @ApiProperty()
  message: string;
}

/** A page of the lines of an upload that could not be taken in. */
export class RejectionPageDto {
  @ApiProperty({ type: [RejectionDto] })
  rejections: RejectionDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Null on the last page.' })
  next_cursor: string | null;
}

/** Answer to an upload of NDJSON. */
export class AcceptedUploadDto {
  @ApiProperty({ description: 'For `GET /admin/ingest/:jobId`, which lists the documents.' })
  job_id: string;

  @ApiProperty({ description: 'Documents that are new or changed.' })
  accepted: number;

  @ApiProperty({ description: 'Documents whose latest version holds the very same already.' })
  unchanged: number;

  @ApiProperty({
    description: 'Lines that could not be taken in; `GET /admin/ingest/:jobId/rejections` lists all.',
  })
  rejected: number;

  @ApiProperty({ type: [RejectionDto], description: 'The first of them.' })
  rejections: RejectionDto[];
}

const MAX_DOCUMENTS = 1000;

/** Which page of a job's documents. */
export class IngestJobPageDto extends CursorDto {
  @ApiProperty({ required: false, minimum: 1, maximum: MAX_DOCUMENTS, default: MAX_DOCUMENTS })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_DOCUMENTS)
  limit: number = MAX_DOCUMENTS;
}

/** One of the tenant's jobs. */
export class IngestJobSummaryDto {
  @ApiProperty()
  job_id: string;

  @ApiProperty({ format: 'date-time' })
  created_at: string;

  @ApiProperty({ description: 'More documents of it may still come.' })
  receiving: boolean;

  @ApiProperty({ description: 'False if the upload broke off: what came before is taken in.' })
  complete: boolean;
}

/** Answer to `GET /admin/ingest`. */
export class IngestJobListDto {
  @ApiProperty({ type: [IngestJobSummaryDto] })
  jobs: IngestJobSummaryDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Null on the last page.' })
  next_cursor: string | null;
}

/** Answer to `GET /admin/ingest/:jobId`, and every event of `…/events`. */
export class IngestJobDto extends IngestJobSummaryDto {
  @ApiProperty({ enum: JOB_STATUSES, description: 'The last three are final.' })
  status: JobStatus;

  @ApiProperty({
    type: Object,
    description: 'Documents by status, with `total`, `unchanged` and the `rejected` lines of an upload.',
    example: { total: 3, searchable: 2, failed: 1, unchanged: 0, rejected: 0 },
  })
  counts: Record<string, number>;

  @ApiProperty({
    type: [IngestJobDocumentDto],
    description: 'A page of them, in the order in which they came.',
  })
  documents: IngestJobDocumentDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'For the next page of documents; null on the last.',
  })
  next_cursor: string | null;
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

/** @param limit documents of a page; the state was read with one more */
export function toIngestJobDto(state: IngestJobState, limit: number): IngestJobDto {
  const { counts, unchanged, rejected, documents } = state;
  const page = documents.slice(0, limit);
  return {
    ...toIngestJobSummaryDto(state),
    status: jobStatus(state),
    counts: {
      total: totalOf(counts),
      ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
      unchanged,
      rejected,
    },
    documents: page.map(toDocumentDto),
    next_cursor: documents.length > limit ? encodeCursor(page[limit - 1].ordinal) : null,
  };
}

export function toIngestJobSummaryDto({
  id,
  createdAt,
  receiving,
  complete,
}: IngestJob): IngestJobSummaryDto {
  return { job_id: id, created_at: createdAt.toISOString(), receiving, complete };
}

export function toRejectionDto({ line, code, message }: Rejection): RejectionDto {
  return { line, code, message };
}

function toDocumentDto(document: IngestJobDocument): IngestJobDocumentDto {
  return {
    document_id: document.documentId,
    external_id: document.externalId,
    version: document.version,
    status: document.status,
    chunks_done: document.chunksDone,
    chunks_total: document.chunksTotal,
    error: document.error,
  };
}

const UNFINISHED: readonly VersionStatus[] = ['queued', 'chunking', 'embedding'];

/** What the states of its documents make of a job. One that was overtaken or deleted is done for this job. */
export function jobStatus({
  receiving,
  counts,
  rejected,
}: Pick<IngestJobState, 'receiving' | 'counts' | 'rejected'>): JobStatus {
  const total = totalOf(counts);
  if (counts.queued === total && (total > 0 || receiving)) return 'queued';
  if (receiving || UNFINISHED.some((status) => counts[status] > 0)) return 'processing';
  const failed = counts.failed + rejected;
  return failed === 0 ? 'completed' : failed < total + rejected ? 'completed_with_errors' : 'failed';
}

function totalOf(counts: IngestJobState['counts']): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Whether nothing of a job will change any more by itself. */
export function isFinal(status: JobStatus): boolean {
  return status !== 'queued' && status !== 'processing';
}
