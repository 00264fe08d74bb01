import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CollectionStore } from '../corpus/collection-store';
import type { AcceptedDocument, IncomingDocument } from '../corpus/document';
import { DocumentIntake } from '../corpus/document-intake';
import type { Rejection } from '../corpus/ingest-job-store';
import { Metrics } from '../observability/metrics';
import type { IngestBatch, JobVersion } from '../queue/ingest-job';
import { IngestQueue } from '../queue/ingest-queue';
import { DocumentRestriction } from './document-restriction';
import { IngestBackpressure } from './ingest-backpressure';
import type { IngestRequest } from './ingest-request-reader';

/** Few to a batch: who sends few documents wants them soon. */
const BATCH_SIZE = 8;

/**
 * Takes documents in: first into the database, so that nothing can be lost, then to the workers. Cached answers that are
 * built on documents which fewer may read from now on are purged.
 */
@Injectable()
export class IngestionService {
  private readonly logger = new Logger(IngestionService.name);

  constructor(
    private readonly collections: CollectionStore,
    private readonly intake: DocumentIntake,
    private readonly restriction: DocumentRestriction,
    private readonly backpressure: IngestBackpressure,
    private readonly queue: IngestQueue,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Takes in a request as a whole.
   * @throws AppError `COLLECTION_NOT_FOUND`, `QUEUE_FULL`, `CONFLICT`, `DATABASE_UNAVAILABLE`
   */
  async accept(
    tenantId: string,
    { collection, documents }: IngestRequest,
  ): Promise<{ jobId: string; documents: AcceptedDocument[] }> {
    const { id } = await this.collections.find(tenantId, collection);
    await this.backpressure.check(tenantId);
    const batchSize = (await this.backpressure.allowsDispatch(tenantId, documents.length))
      ? BATCH_SIZE
      : null;
    const accepted = await this.intake.accept(tenantId, id, documents, batchSize);
    await this.taken(tenantId, accepted.documents);
    await this.dispatch(tenantId, accepted.documents);
    return accepted;
  }

  /**
   * Takes in some documents of an upload, once there is room for them; they wait for the dispatcher.
   * @see DocumentIntake.append
   * @throws AppError `QUEUE_FULL`, `CONFLICT`, `DATABASE_UNAVAILABLE`
   */
  async append(
    job: { tenantId: string; collectionId: string; jobId: string },
    documents: readonly IncomingDocument[],
    rejections: readonly Rejection[],
    firstOrdinal: number,
  ): Promise<AcceptedDocument[]> {
    await this.backpressure.untilRoomForBulk(job.tenantId, documents.length);
    const accepted = await this.intake.append(job, documents, rejections, firstOrdinal);
    await this.taken(job.tenantId, accepted);
    return accepted;
  }

  private async taken(tenantId: string, documents: readonly AcceptedDocument[]): Promise<void> {
    const unchanged = documents.filter((document) => document.unchanged).length;
    this.backpressure.added(tenantId, documents.length - unchanged);
    if (unchanged > 0) this.metrics.ingestDocuments.inc({ outcome: 'unchanged' }, unchanged);
    await this.restriction.purgeNarrowed(tenantId, documents);
  }

  private async dispatch(tenantId: string, documents: readonly AcceptedDocument[]): Promise<void> {
    const batches = new Map<string, IngestBatch & { versions: JobVersion[] }>();
    for (const { batchId: id, documentId, version } of documents) {
      if (id === null) continue;
      const batch = batches.get(id) ?? { id, versions: [], bulk: false };
      batches.set(id, batch);
      batch.versions.push({ tenantId, documentId, version });
    }
    try {
      await this.queue.add('chunk', [...batches.values()]);
    } catch (error) {
      // They are stored: the dispatcher adds their jobs once the queue is back.
      if (!(error instanceof AppError && error.code === 'QUEUE_UNAVAILABLE')) throw error;
      this.logger.debug(`${documents.length} accepted documents wait for the queue`);
    }
  }
}
