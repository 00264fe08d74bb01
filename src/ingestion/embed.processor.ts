import { OnWorkerEvent, WorkerHost } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Job } from 'bullmq';
import type { IngestJob } from '../queue/ingest-job';
import { QueueConnection } from '../queue/queue-connection';
import { EmbedStep } from './embed-step';
import { StepRunner } from './step-runner';

/** Worker of the embed queue; `IngestionWorkerModule` says how it works. */
@Injectable()
export class EmbedProcessor extends WorkerHost {
  constructor(
    private readonly runner: StepRunner,
    private readonly step: EmbedStep,
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
