import { BullRegistrar, Processor } from '@nestjs/bullmq';
import { Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ChunkingModule } from '../chunking/chunking.module';
import { AppConfig } from '../config/app-config';
import { CorpusModule } from '../corpus/corpus.module';
import { EmbeddingCacheModule } from '../embedding-cache/embedding-cache.module';
import { EmbeddingSpaceModule } from '../embedding-space/embedding-space.module';
import { CHUNK_QUEUE, EMBED_QUEUE } from '../queue/ingest-job';
import { workerOptions } from '../queue/worker-options';
import { SemanticCacheModule } from '../semantic-cache/semantic-cache.module';
import { ChunkProcessor } from './chunk.processor';
import { ChunkStep } from './chunk-step';
import { EmbedProcessor } from './embed.processor';
import { EmbedStep } from './embed-step';
import { ParserPool } from './parsers/parser-pool';
import { PublishedVersions } from './published-versions';
import { StepRunner } from './step-runner';
import { Sweeper } from './sweeper';

/** The workers that make accepted documents searchable. */
@Module({
  imports: [CorpusModule, ChunkingModule, EmbeddingCacheModule, EmbeddingSpaceModule, SemanticCacheModule],
  providers: [
    ParserPool,
    StepRunner,
    ChunkStep,
    ChunkProcessor,
    EmbedStep,
    EmbedProcessor,
    PublishedVersions,
    Sweeper,
  ],
})
export class IngestionWorkerModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly registrar: BullRegistrar,
    private readonly config: AppConfig,
    private readonly runner: StepRunner,
    private readonly chunkProcessor: ChunkProcessor,
    private readonly embedProcessor: EmbedProcessor,
  ) {}

  /** Starts the workers, once everything they need has started. */
  onApplicationBootstrap(): void {
    const { chunkConcurrency, embedConcurrency } = this.config.queue;
    // Applied here and not on the classes, because what they say comes from the configuration.
    Processor(CHUNK_QUEUE, workerOptions(this.config, chunkConcurrency))(ChunkProcessor);
    Processor(EMBED_QUEUE, workerOptions(this.config, embedConcurrency))(EmbedProcessor);
    this.registrar.register();
  }

  /** Ends the workers before anything that they need: jobs that run go back to their queue. */
  async onModuleDestroy(): Promise<void> {
    this.runner.stop();
    await Promise.all([this.chunkProcessor.worker.close(), this.embedProcessor.worker.close()]);
  }
}
