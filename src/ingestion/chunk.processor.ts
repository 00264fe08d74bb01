import { OnWorkerEvent, WorkerHost } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Job } from 'bullmq';
import type { IngestJob } from '../queue/ingest-job';
import { QueueConnection } from '../queue/queue-connection';
import { ChunkStep } from './chunk-step';
import { StepRunner } from './step-runner';

/** Worker of the chunk queue; `IngestionWorkerModule` says how it works. */
@Injectable()
export class ChunkProcessor extends WorkerHost {
  constructor(
    private readonly runner: StepRunner,
    private readonly step: ChunkStep,
    private readonly connection: QueueConnection,
  ) {
    super();
  }

  async process(job: Job<IngestJob>, token?: string): Promise<void> {
    await this.runner.run(job, token, (ref, signal) => this.step.run(ref, signal));
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.connection.failed(error);
  }
}
