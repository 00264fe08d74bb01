import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CollectionStore } from '../corpus/collection-store';
import type { AcceptedDocument } from '../corpus/document';
import { DueVersions } from '../corpus/due-versions';
import { Metrics } from '../observability/metrics';
import type { IngestBatch, JobVersion } from '../queue/ingest-job';
import { IngestQueue } from '../queue/ingest-queue';
import { DocumentReception } from './document-reception';
import { IngestBackpressure } from './ingest-backpressure';
import type { IngestRequest } from './ingest-request-reader';

/** Documents of one request that workers get at once; more wait for the dispatcher. */
const MAX_AT_ONCE = 50;
/** Documents of a tenant that the workers may have when more are to go to them at once. */
const MAX_DISPATCHED = 200;
/** Few to a batch: who sends few documents wants them soon. */
const BATCH_SIZE = 8;

/** Takes documents in: first into the database, so that nothing can be lost, then to the workers. */
@Injectable()
export class IngestionService {
  private readonly logger = new Logger(IngestionService.name);

  constructor(
    private readonly collections: CollectionStore,
    private readonly reception: DocumentReception,
    private readonly due: DueVersions,
    private readonly backpressure: IngestBackpressure,
    private readonly queue: IngestQueue,
    private readonly metrics: Metrics,
  ) {}

  /** @throws AppError `COLLECTION_NOT_FOUND`, `QUEUE_FULL`, `DATABASE_UNAVAILABLE` */
  async accept(
    tenantId: string,
    { collection, documents }: IngestRequest,
  ): Promise<{ jobId: string; documents: AcceptedDocument[] }> {
    const { id } = await this.collections.find(tenantId, collection);
    await this.backpressure.check(tenantId);
    const waits =
      documents.length > MAX_AT_ONCE ||
      (await this.due.countDispatched(tenantId, MAX_DISPATCHED)) >= MAX_DISPATCHED;
    const accepted = await this.reception.accept(tenantId, id, documents, waits ? null : BATCH_SIZE);
    const unchanged = accepted.documents.filter((document) => document.unchanged).length;
    this.backpressure.added(tenantId, accepted.documents.length - unchanged);
    if (unchanged > 0) this.metrics.ingestDocuments.inc({ outcome: 'unchanged' }, unchanged);
    await this.dispatch(tenantId, accepted.documents);
    return accepted;
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
