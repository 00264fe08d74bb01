import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { JobsOptions, Queue } from 'bullmq';
import { AppError } from '../common/app-error';
import { within } from '../common/timers';
import { GaugeSchedule } from '../observability/gauge-schedule';
import { Metrics } from '../observability/metrics';
import { type IngestBatch, type IngestJob, type IngestStep, MAX_ATTEMPTS, STEP_QUEUES } from './ingest-job';
import { QueueConnection } from './queue-connection';

/** A server that does not answer within this is treated as unavailable. */
const TIMEOUT_MS = 2000;
/** BullMQ takes jobs without a priority first. */
const BULK_PRIORITY = 1;
/** Postgres holds the outcome, so a job leaves nothing behind and its id is free again. */
const JOB_OPTIONS = {
  attempts: MAX_ATTEMPTS,
  backoff: { type: 'capped' },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 1,
} as const satisfies JobsOptions;

const STATES = ['waiting', 'active', 'delayed'] as const;

/** The jobs of ingestion, whichever backend of BullMQ keeps them. Never call it inside a database transaction. */
@Injectable()
export class IngestQueue implements OnModuleInit {
  private readonly queues: Record<IngestStep, Queue<IngestJob>>;

  constructor(
    @InjectQueue(STEP_QUEUES.chunk) chunk: Queue<IngestJob>,
    @InjectQueue(STEP_QUEUES.embed) embed: Queue<IngestJob>,
    private readonly connection: QueueConnection,
    private readonly gauges: GaugeSchedule,
    private readonly metrics: Metrics,
  ) {
    this.queues = { chunk, embed };
    for (const queue of [chunk, embed]) queue.on('error', (error) => connection.failed(error));
  }

  /** Keeps `rag_queue_depth` current. */
  onModuleInit(): void {
    this.gauges.keep(async () => {
      for (const queue of ['chunk', 'embed'] as const) {
        const depth = await this.depth(queue);
        for (const state of STATES) this.metrics.queueDepth.set({ queue, state }, depth[state]);
      }
    });
  }

  /**
   * Adds jobs for a step, except those that live already.
   * @throws AppError `QUEUE_UNAVAILABLE`, within seconds; some of the jobs may have been added then
   */
  async add(step: IngestStep, batches: readonly IngestBatch[]): Promise<void> {
    if (batches.length === 0) return;
    const jobs = batches.map(({ id, versions, bulk }) => ({
      name: step,
      data: { versions, bulk },
      opts: { ...JOB_OPTIONS, jobId: id, ...(bulk && { priority: BULK_PRIORITY }) },
    }));
    await this.ask(() => this.queues[step].addBulk(jobs));
  }

  /** How many jobs of a step wait, run, or wait for their next attempt. @throws AppError `QUEUE_UNAVAILABLE` */
  async depth(step: IngestStep): Promise<Record<(typeof STATES)[number], number>> {
    const counts = await this.ask(() => this.queues[step].getJobCounts(...STATES, 'prioritized'));
    const { waiting = 0, prioritized = 0, active = 0, delayed = 0 } = counts;
    return { waiting: waiting + prioritized, active, delayed };
  }

  private async ask<T>(work: () => Promise<T>): Promise<T> {
    if (!this.connection.ready) throw unavailable(new Error('not connected'));
    try {
      const result = await within(TIMEOUT_MS, work());
      this.connection.succeeded();
      return result;
    } catch (error) {
      this.connection.failed(error);
      throw unavailable(error);
    }
  }
}

function unavailable(cause: unknown): AppError {
  return new AppError('QUEUE_UNAVAILABLE', 'The job queue cannot be reached; try again shortly.', { cause });
}
