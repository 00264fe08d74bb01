import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CollectionStore } from '../corpus/collection-store';
import type { IncomingDocument } from '../corpus/document';
import { IngestJobStore, type Rejection } from '../corpus/ingest-job-store';
import { type AcceptedUploadDto, toRejectionDto } from './ingest-job.dto';
import { IngestRequestReader } from './ingest-request-reader';
import { IngestionService } from './ingestion.service';
import { linesOf } from './ndjson-lines';
import { IngestBackpressure } from './ingest-backpressure';

/** Media type of an upload. */
export const NDJSON = 'application/x-ndjson';

const HEARTBEAT_MS = 20_000;
/** Nothing came for so long. */
const IDLE_TIMEOUT_MS = 120_000;
const BLANK = /^\s*$/;
/** Documents, and bytes of their content, taken in with one transaction. */
const BATCH_DOCUMENTS = 500;
const BATCH_BYTES = 2_097_152;
/** What came is taken in after this time, however little it is. */
const BATCH_MS = 2000;
/** Rejections in the answer. */
const SHOWN_REJECTIONS = 100;
/** Characters of a rejection. */
const MAX_MESSAGE_LENGTH = 1000;

/** Takes in uploads of any length, line by line, in memory that does not grow with them. */
@Injectable()
export class NdjsonUpload {
  constructor(
    private readonly collections: CollectionStore,
    private readonly jobs: IngestJobStore,
    private readonly ingestion: IngestionService,
    private readonly reader: IngestRequestReader,
    private readonly backpressure: IngestBackpressure,
  ) {}

  /**
   * What was taken in stays, whatever happens to the rest; a document that comes twice is taken in twice, the second time
   * as a newer version.
   * @throws AppError `COLLECTION_NOT_FOUND`, `QUEUE_FULL`, `DATABASE_UNAVAILABLE`, `BAD_REQUEST` for one that breaks off,
   *   with what was taken in as details
   */
  async read(tenantId: string, collection: string, body: IncomingMessage): Promise<AcceptedUploadDto> {
    const { id: collectionId } = await this.collections.find(tenantId, collection);
    await this.backpressure.check(tenantId);
    const jobId = await this.jobs.open(tenantId, collectionId);
    const heartbeat = setInterval(() => {
      // One that fails is made up for by the next.
      this.jobs.keepOpen(tenantId, jobId).catch(() => undefined);
    }, HEARTBEAT_MS);
    const job = { tenantId, collectionId, jobId };
    const delivery = new UploadDelivery(this.ingestion, job);
    try {
      try {
        await this.readLines(body, delivery);
      } finally {
        // Also of one that broke off.
        await delivery.flush();
      }
    } catch (error) {
      await this.jobs.close(tenantId, jobId, false).catch(() => undefined);
      throw brokenOff(error, body, delivery.result());
    } finally {
      clearInterval(heartbeat);
    }
    await this.jobs.close(tenantId, jobId, true);
    return delivery.result();
  }

  private async readLines(body: IncomingMessage, delivery: UploadDelivery): Promise<void> {
    const { maxBytesOfOne: maxBytes } = this.reader;
    for await (const { number, bytes } of linesOf(untilIdle(body), maxBytes)) {
      if (bytes === null)
        await delivery.reject(
          number,
          new AppError('PAYLOAD_TOO_LARGE', `The line is longer than ${maxBytes} bytes.`),
        );
      else if (bytes.length > 64 || !BLANK.test(bytes.toString())) {
        const read = await this.readOne(bytes);
        // What fails from here on concerns all that was collected, and ends the upload.
        if (read instanceof AppError) await delivery.reject(number, read);
        else await delivery.add(read);
      }
    }
  }

  /** @returns what is wrong with the line, where something is */
  private async readOne(line: Buffer): Promise<IncomingDocument | AppError> {
    try {
      return await this.reader.readOne(line);
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error;
      return error;
    }
  }
}

/** The stream, until nothing of it comes for too long. @throws AppError `REQUEST_TIMEOUT` */
async function* untilIdle(body: IncomingMessage): AsyncGenerator<Buffer> {
  const timeout = () =>
    body.destroy(new AppError('REQUEST_TIMEOUT', `Nothing came for ${IDLE_TIMEOUT_MS / 1000} seconds.`));
  let timer = setTimeout(timeout, IDLE_TIMEOUT_MS);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      clearTimeout(timer);
      yield chunk;
      timer = setTimeout(timeout, IDLE_TIMEOUT_MS);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** What ended an upload, with what was taken in before. */
function brokenOff(error: unknown, body: IncomingMessage, taken: AcceptedUploadDto): unknown {
  const details = { job_id: taken.job_id, accepted: taken.accepted, unchanged: taken.unchanged };
  if (error instanceof AppError)
    return new AppError(error.code, error.message, {
      cause: error,
      retryAfterSeconds: error.retryAfterSeconds,
      details: { ...error.details, ...details },
    });
  if (!body.complete || body.destroyed)
    return new AppError('BAD_REQUEST', 'The upload broke off.', { cause: error, details });
  return error;
}

/** Collects what came of an upload until it is worth a transaction. */
class UploadDelivery {
  private batch = new Map<string, IncomingDocument>();
  private bytes = 0;
  private rejections: Rejection[] = [];
  private readonly shown: Rejection[] = [];
  private readonly counts = { accepted: 0, unchanged: 0, rejected: 0 };
  private flushedAtMs = performance.now();

  constructor(
    private readonly ingestion: IngestionService,
    private readonly job: { tenantId: string; collectionId: string; jobId: string },
  ) {}

  /** @throws AppError as {@link flush} */
  async add(document: IncomingDocument): Promise<void> {
    if (this.batch.has(document.externalId)) await this.flush();
    this.batch.set(document.externalId, document);
    this.bytes += document.raw.length;
    const isDue = performance.now() - this.flushedAtMs >= BATCH_MS;
    if (isDue || this.batch.size >= BATCH_DOCUMENTS || this.bytes >= BATCH_BYTES) await this.flush();
  }

  /** @param line its number, from 1 */
  async reject(line: number, { code, message }: AppError): Promise<void> {
    this.rejections.push({ line, code, message: storable(message) });
    if (this.rejections.length >= BATCH_DOCUMENTS) await this.flush();
  }

  /** Takes in what was collected, once there is room for it. @throws AppError `QUEUE_FULL`, `CONFLICT`, `DATABASE_UNAVAILABLE` */
  async flush(): Promise<void> {
    if (this.batch.size === 0 && this.rejections.length === 0) return;
    const [documents, rejections] = [[...this.batch.values()], this.rejections];
    this.batch = new Map();
    this.bytes = 0;
    this.rejections = [];
    const { accepted, unchanged, rejected } = this.counts;
    const taken = await this.ingestion.append(this.job, documents, rejections, accepted + unchanged);
    const same = taken.filter((document) => document.unchanged).length;
    this.counts.accepted = accepted + taken.length - same;
    this.counts.unchanged = unchanged + same;
    this.counts.rejected = rejected + rejections.length;
    this.shown.push(...rejections.slice(0, SHOWN_REJECTIONS - this.shown.length));
    this.flushedAtMs = performance.now();
  }

  /** What was taken in so far. */
  result(): AcceptedUploadDto {
    return { job_id: this.job.jobId, ...this.counts, rejections: this.shown.map(toRejectionDto) };
  }
}

/** A message as Postgres can store it: it may quote the line, which may hold anything and be long. */
function storable(message: string): string {
  const text = message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message;
  // By way of UTF-8, which has no half surrogate pairs.
  return Buffer.from(text.replaceAll('\0', '\ufffd')).toString();
}
