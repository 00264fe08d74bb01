import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CollectionStore } from '../corpus/collection-store';
import type { AcceptedDocument } from '../corpus/document';
import { DocumentIntake } from '../corpus/document-intake';
import { Metrics } from '../observability/metrics';
import { IngestQueue } from '../queue/ingest-queue';
import type { IngestRequest } from './ingest-request-reader';

/** Takes documents in: first into the database, so that nothing can be lost, then to the workers. */
@Injectable()
export class IngestionService {
  private readonly logger = new Logger(IngestionService.name);

  constructor(
    private readonly collections: CollectionStore,
    private readonly intake: DocumentIntake,
    private readonly queue: IngestQueue,
    private readonly metrics: Metrics,
  ) {}

  /** @throws AppError `COLLECTION_NOT_FOUND`, `DATABASE_UNAVAILABLE` */
  async accept(
    tenantId: string,
    { collection, documents }: IngestRequest,
  ): Promise<{ jobId: string; documents: AcceptedDocument[] }> {
    const { id } = await this.collections.find(tenantId, collection);
    const accepted = await this.intake.accept(tenantId, id, documents);
    const queued = accepted.documents.filter(({ unchanged }) => !unchanged);
    const unchanged = accepted.documents.length - queued.length;
    if (unchanged > 0) this.metrics.ingestDocuments.inc({ outcome: 'unchanged' }, unchanged);
    try {
      await this.queue.enqueue(
        'chunk',
        queued.map(({ documentId, version }) => ({ tenantId, documentId, version })),
      );
    } catch (error) {
      // They are stored: the sweeper asks for them once the queue is back.
      if (!(error instanceof AppError && error.code === 'QUEUE_UNAVAILABLE')) throw error;
      this.logger.debug(`${queued.length} accepted documents wait for the queue`);
    }
    return accepted;
  }
}
