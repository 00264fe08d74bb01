import type { AppError } from '../common/app-error';
import type { IncomingDocument } from '../corpus/document';
import type { Rejection } from '../corpus/ingest-job-store';
import type { DocumentReception } from './document-reception';
import { type AcceptedUploadDto, toRejectionDto } from './ingest-job.dto';
import type { IngestBackpressure } from './ingest-backpressure';

/** Documents, and bytes of their content, taken in with one transaction. */
const BATCH_DOCUMENTS = 500;
const BATCH_BYTES = 2_097_152;
/** What came is taken in after this time, however little it is. */
const BATCH_MS = 2000;
/** Rejections in the answer. */
const SHOWN_REJECTIONS = 100;
/** Characters of a rejection. */
const MAX_MESSAGE_LENGTH = 1000;

/** Collects what came of an upload until it is worth a transaction. */
export class UploadDelivery {
  private batch = new Map<string, IncomingDocument>();
  private bytes = 0;
  private rejections: Rejection[] = [];
  private readonly shown: Rejection[] = [];
  private readonly counts = { accepted: 0, unchanged: 0, rejected: 0 };
  private flushedAtMs = performance.now();

  constructor(
    private readonly reception: DocumentReception,
    private readonly backpressure: IngestBackpressure,
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
    await this.backpressure.untilRoomForBulk(this.job.tenantId, documents.length);
    const { accepted, unchanged, rejected } = this.counts;
    const taken = await this.reception.append(this.job, documents, rejections, accepted + unchanged);
    const same = taken.filter((document) => document.unchanged).length;
    this.counts.accepted = accepted + taken.length - same;
    this.counts.unchanged = unchanged + same;
    this.counts.rejected = rejected + rejections.length;
    this.shown.push(...rejections.slice(0, SHOWN_REJECTIONS - this.shown.length));
    this.backpressure.added(this.job.tenantId, taken.length - same);
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
