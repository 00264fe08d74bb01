import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error';
import { bodyTypeOf } from '../common/route-config';
import { CollectionStore } from '../corpus/collection-store';
import type { IncomingDocument } from '../corpus/document';
import { IngestJobStore } from '../corpus/ingest-job-store';
import { Metrics } from '../observability/metrics';
import { DocumentReception } from './document-reception';
import type { AcceptedUploadDto } from './ingest-job.dto';
import { IngestRequestReader } from './ingest-request-reader';
import { linesOf } from './ndjson-lines';
import { QueuePressure } from './queue-pressure';
import { UploadDelivery } from './upload-delivery';

/** Media type of an upload. */
export const NDJSON = 'application/x-ndjson';

const HEARTBEAT_MS = 20_000;
/** Nothing came for so long. */
const IDLE_TIMEOUT_MS = 120_000;
const BLANK = /^\s*$/;

/** Whether a request is an upload of NDJSON. */
export function isNdjson(request: FastifyRequest): boolean {
  return bodyTypeOf(request) === NDJSON;
}

/** Takes in uploads of any length, line by line, in memory that does not grow with them. */
@Injectable()
export class NdjsonUpload {
  constructor(
    private readonly collections: CollectionStore,
    private readonly jobs: IngestJobStore,
    private readonly reception: DocumentReception,
    private readonly reader: IngestRequestReader,
    private readonly pressure: QueuePressure,
    private readonly metrics: Metrics,
  ) {}

  /**
   * What was taken in stays, whatever happens to the rest; a document that comes twice is taken in twice, the second time
   * as a newer version.
   * @throws AppError `COLLECTION_NOT_FOUND`, `QUEUE_FULL`, `DATABASE_UNAVAILABLE`, `BAD_REQUEST` for one that breaks off,
   *   with what was taken in as details
   */
  async read(tenantId: string, collection: string, body: IncomingMessage): Promise<AcceptedUploadDto> {
    const { id: collectionId } = await this.collections.find(tenantId, collection);
    await this.pressure.check(tenantId);
    const jobId = await this.jobs.open(tenantId, collectionId);
    const heartbeat = setInterval(() => {
      // One that fails is made up for by the next.
      this.jobs.keepOpen(tenantId, jobId).catch(() => undefined);
    }, HEARTBEAT_MS);
    const job = { tenantId, collectionId, jobId };
    const delivery = new UploadDelivery(this.reception, this.pressure, job);
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
    const result = delivery.result();
    if (result.unchanged > 0) this.metrics.ingestDocuments.inc({ outcome: 'unchanged' }, result.unchanged);
    return result;
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
