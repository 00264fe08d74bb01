import { BullRegistrar, Processor } from '@nestjs/bullmq';
import { Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Worker } from 'bullmq';
import { ChunkingModule } from '../chunking/chunking.module';
import { AppConfig } from '../config/app-config';
import { CorpusModule } from '../corpus/corpus.module';
import { EmbeddingCacheModule } from '../embedding-cache/embedding-cache.module';
import { EmbeddingSpaceModule } from '../embedding-space/embedding-space.module';
import { CHUNK_QUEUE, EMBED_QUEUE } from '../queue/ingest-job';
import { QueueConnection } from '../queue/queue-connection';
import { workerOptions } from '../queue/worker-options';
import { SemanticCacheModule } from '../semantic-cache/semantic-cache.module';
import { ChunkProcessor } from './chunk.processor';
import { ChunkStep } from './chunk-step';
import { EmbedProcessor } from './embed.processor';
import { EmbedStep } from './embed-step';
import { ParserModule } from './parsers/parser.module';
import { PublishedVersions } from './published-versions';
import { StepRunner } from './step-runner';
import { Sweeper } from './sweeper';

/** What runs is told to stop at its next pause; few take seconds to get there. */
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
  providers: [StepRunner, ChunkStep, ChunkProcessor, EmbedStep, EmbedProcessor, PublishedVersions, Sweeper],
})
export class IngestionWorkerModule implements OnApplicationBootstrap, OnModuleDestroy {
  /** Workers that had all their connections once: only those can be closed in good order. */
  private readonly connected = new Set<Worker>();

  constructor(
    private readonly registrar: BullRegistrar,
    private readonly config: AppConfig,
    private readonly runner: StepRunner,
    private readonly chunkProcessor: ChunkProcessor,
    private readonly embedProcessor: EmbedProcessor,
    private readonly connection: QueueConnection,
  ) {}

  /** Starts the workers, once everything they need has started. */
  onApplicationBootstrap(): void {
    const { chunkConcurrency, embedConcurrency } = this.config.queue;
    // Applied here and not on the classes, because what they say comes from the configuration.
    Processor(CHUNK_QUEUE, workerOptions(this.config, chunkConcurrency))(ChunkProcessor);
    Processor(EMBED_QUEUE, workerOptions(this.config, embedConcurrency))(EmbedProcessor);
    this.registrar.register();
    for (const worker of this.workers) worker.once('ready', () => this.connected.add(worker));
  }

  /**
   * Ends the workers before anything that they need: jobs that run go back to their queue. While the job server is away
   * workers would wait for it; then their jobs are taken over like those of a process that died.
   */
  async onModuleDestroy(): Promise<void> {
    this.runner.stop();
    const closed = Promise.all(
      this.workers.map((worker) => worker.close(!this.connection.ready || !this.connected.has(worker))),
    );
    if (await endsWithin(closed, GRACE_MS)) return;
    this.connection.disconnect();
    await endsWithin(closed, GRACE_MS);
  }

  private get workers(): Worker[] {
    return [this.chunkProcessor.worker, this.embedProcessor.worker];
  }
}

/** Whether a promise is settled within some time; it is not waited for longer. */
async function endsWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
