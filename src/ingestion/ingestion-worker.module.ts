import { Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Worker } from 'bullmq';
import { ChunkingModule } from '../chunking/chunking.module';
import { endsWithin } from '../common/timers';
import { AppConfig } from '../config/app-config';
import { CorpusModule } from '../corpus/corpus.module';
import { EmbeddingCacheModule } from '../embedding-cache/embedding-cache.module';
import { EmbeddingSpaceModule } from '../embedding-space/embedding-space.module';
import { runInJob } from '../observability/request-context';
import { type IngestJob, STEP_QUEUES } from '../queue/ingest-job';
import { QueueConnection } from '../queue/queue-connection';
import { workerOptions } from '../queue/worker-options';
import { SemanticCacheModule } from '../semantic-cache/semantic-cache.module';
import { ChunkStep } from './chunk-step';
import { DocumentChunker } from './document-chunker';
import { EmbedStep } from './embed-step';
import { IngestDispatcher } from './ingest-dispatcher';
import { IngestJobProcessor, type Step } from './ingest-job-processor';
import { JobRetention } from './job-retention';
import { ParserModule } from './parsers/parser.module';
import { DocumentSource } from './sources/document-source';
import { SourceFetcher } from './sources/source-fetcher';
import { PublishedVersions } from './published-versions';
import { SpaceIndexer } from './space-indexer';

/** Jobs that run stop at their next pause; few take seconds to get there. */
const GRACE_MS = 10_000;

/** The workers that make accepted documents searchable. */
@Module({
  imports: [
    ParserModule,
    CorpusModule,
    ChunkingModule,
    EmbeddingCacheModule,
    EmbeddingSpaceModule,
    SemanticCacheModule,
  ],
  providers: [
    SourceFetcher,
    DocumentSource,
    IngestJobProcessor,
    DocumentChunker,
    ChunkStep,
    SpaceIndexer,
    EmbedStep,
    PublishedVersions,
    IngestDispatcher,
    JobRetention,
  ],
})
export class IngestionWorkerModule implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly workers: Worker<IngestJob>[] = [];
  /** Workers that had all their connections once: only those can be closed in good order. */
  private readonly connected = new Set<Worker>();

  constructor(
    private readonly config: AppConfig,
    private readonly processor: IngestJobProcessor,
    private readonly chunkStep: ChunkStep,
    private readonly embedStep: EmbedStep,
    private readonly dispatcher: IngestDispatcher,
    private readonly connection: QueueConnection,
  ) {}

  /** Starts the workers, once everything they need has started. */
  onApplicationBootstrap(): void {
    const { chunkConcurrency, embedConcurrency } = this.config.queue;
    this.workOn(this.chunkStep, chunkConcurrency);
    this.workOn(this.embedStep, embedConcurrency);
  }

  /**
   * Ends the workers before anything that they need: jobs that run go back to their queue. While the job server is unavailable
   * workers would wait for it; then their jobs are taken over like those of a process that died.
   */
  async onModuleDestroy(): Promise<void> {
    this.processor.stop();
    const closed = Promise.all(
      this.workers.map((worker) => worker.close(!this.connection.ready || !this.connected.has(worker))),
    );
    if (await endsWithin(GRACE_MS, closed)) return;
    this.connection.disconnect();
    await endsWithin(GRACE_MS, closed);
  }

  private workOn(step: Step, concurrency: number): void {
    const worker = new Worker<IngestJob>(
      STEP_QUEUES[step.name],
      (job, token) => runInJob(job.id ?? job.name, () => this.processor.process(job, token, step)),
      { ...workerOptions(this.config, concurrency), ...this.connection.bullOptions },
    );
    worker.on('error', (error) => this.connection.failed(error));
    worker.on('completed', () => this.dispatcher.wake());
    worker.once('ready', () => this.connected.add(worker));
    this.workers.push(worker);
  }
}
