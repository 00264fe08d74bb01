import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CollectionStore } from '../corpus/collection-store';
import type { AcceptedDocument, VersionRef } from '../corpus/document';
import { VersionFeed } from '../corpus/version-feed';
import { Metrics } from '../observability/metrics';
import type { IngestJob } from '../queue/ingest-job';
import { IngestQueue } from '../queue/ingest-queue';
import { DocumentReception } from './document-reception';
import type { IngestRequest } from './ingest-request-reader';
import { QueuePressure } from './queue-pressure';

/** Documents of one request that workers are asked for at once; more wait for their tenant's turn. */
const MAX_AT_ONCE = 50;
/** Documents of a tenant that workers may have been asked for when more are to go to them at once. */
const MAX_ASKED = 200;
/** Few to a job: who sends few documents wants them soon. */
const PER_JOB = 8;

/** Takes documents in: first into the database, so that nothing can be lost, then to the workers. */
@Injectable()
export class IngestionService {
  private readonly logger = new Logger(IngestionService.name);

  constructor(
    private readonly collections: CollectionStore,
    private readonly reception: DocumentReception,
    private readonly feed: VersionFeed,
    private readonly pressure: QueuePressure,
    private readonly queue: IngestQueue,
    private readonly metrics: Metrics,
  ) {}

  /** @throws AppError `COLLECTION_NOT_FOUND`, `QUEUE_FULL`, `DATABASE_UNAVAILABLE` */
  async accept(
    tenantId: string,
    { collection, documents }: IngestRequest,
  ): Promise<{ jobId: string; documents: AcceptedDocument[] }> {
    const { id } = await this.collections.find(tenantId, collection);
    await this.pressure.check(tenantId);
    const waits = documents.length > MAX_AT_ONCE || (await this.feed.asked(tenantId, MAX_ASKED)) >= MAX_ASKED;
    const accepted = await this.reception.accept(tenantId, id, documents, { waits });
    const queued = accepted.documents.filter(({ unchanged }) => !unchanged);
    const unchanged = accepted.documents.length - queued.length;
    this.pressure.added(tenantId, queued.length);
    if (unchanged > 0) this.metrics.ingestDocuments.inc({ outcome: 'unchanged' }, unchanged);
    if (!waits) await this.ask(queued.map(({ documentId, version }) => ({ tenantId, documentId, version })));
    return accepted;
  }

  private async ask(versions: readonly VersionRef[]): Promise<void> {
    const jobs: IngestJob[] = [];
    for (let from = 0; from < versions.length; from += PER_JOB)
      jobs.push({ versions: versions.slice(from, from + PER_JOB), bulk: false });
    try {
      await this.queue.enqueue('chunk', jobs);
    } catch (error) {
      // They are stored: the sweeper asks for them once the queue is back.
      if (!(error instanceof AppError && error.code === 'QUEUE_UNAVAILABLE')) throw error;
      this.logger.debug(`${versions.length} accepted documents wait for the queue`);
    }
  }
}
