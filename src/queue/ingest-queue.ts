import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { AppError } from '../common/app-error';
import {
  BULK_PRIORITY,
  CHUNK_QUEUE,
  EMBED_QUEUE,
  type IngestJob,
  ingestJobId,
  type IngestStep,
  JOB_OPTIONS,
  type JobVersion,
  versionsOf,
} from './ingest-job';
import { QueueConnection } from './queue-connection';

/** A server that does not answer within this is treated as away. */
const TIMEOUT_MS = 2000;
/** The same where every job is read, of which there may be thousands. */
const READ_ALL_TIMEOUT_MS = 10_000;
/** Jobs per round trip. */
const BATCH_SIZE = 250;

/** The states of jobs that are not done, as `rag_queue_depth` counts them. */
export const QUEUE_STATES = ['waiting', 'active', 'delayed'] as const;
export type QueueDepth = Record<(typeof QUEUE_STATES)[number], number>;

/** Asks workers for the steps of a document's way. Never call it inside a database transaction. */
@Injectable()
export class IngestQueue {
  private readonly queues: Record<IngestStep, Queue<IngestJob>>;

  constructor(
    @InjectQueue(CHUNK_QUEUE) chunk: Queue<IngestJob>,
    @InjectQueue(EMBED_QUEUE) embed: Queue<IngestJob>,
    private readonly connection: QueueConnection,
  ) {
    this.queues = { chunk, embed };
    for (const queue of [chunk, embed]) queue.on('error', (error) => connection.failed(error));
  }

  /**
   * Adds jobs, except those that live already.
   * @throws AppError `QUEUE_UNAVAILABLE`, within seconds; some of the jobs may have been added then
   */
  async enqueue(step: IngestStep, jobs: readonly IngestJob[]): Promise<void> {
    for (let from = 0; from < jobs.length; from += BATCH_SIZE) {
      const batch = jobs.slice(from, from + BATCH_SIZE).map((data) => ({
        name: step,
        data,
        opts: {
          ...JOB_OPTIONS,
          jobId: ingestJobId(data),
          ...(data.bulk && { priority: BULK_PRIORITY }),
        },
      }));
      await this.ask(() => this.queues[step].addBulk(batch));
    }
  }

  /** How many jobs of a step wait, run, or wait for their next try. @throws AppError `QUEUE_UNAVAILABLE` */
  async depth(step: IngestStep): Promise<QueueDepth> {
    const counts = await this.ask(() => this.queues[step].getJobCounts(...QUEUE_STATES, 'prioritized'));
    const { waiting = 0, prioritized = 0 } = counts;
    return { waiting: waiting + prioritized, active: counts.active ?? 0, delayed: counts.delayed ?? 0 };
  }

  /**
   * The versions that have a job, of whatever step, alone or among others.
   * @returns a test for it
   * @throws AppError `QUEUE_UNAVAILABLE`
   */
  async versionsWithJob(): Promise<(version: JobVersion) => boolean> {
    const states = [...QUEUE_STATES, 'prioritized'] as const;
    const queues = Object.values(this.queues);
    const jobs = await this.ask(
      () => Promise.all(queues.map((queue) => queue.getJobs([...states]))),
      READ_ALL_TIMEOUT_MS,
    );
    const found = new Set(jobs.flat().flatMap(({ data }) => versionsOf(data).map(keyOf)));
    return (version) => found.has(keyOf(version));
  }

  private async ask<T>(work: () => Promise<T>, timeoutMs = TIMEOUT_MS): Promise<T> {
    if (!this.connection.ready) throw unavailable(new Error('not connected'));
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      const result = await Promise.race([work(), deadline]);
      this.connection.succeeded();
      return result;
    } catch (error) {
      this.connection.failed(error);
      throw unavailable(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function keyOf({ documentId, version }: JobVersion): string {
  return `${documentId}_${version}`;
}

function unavailable(cause: unknown): AppError {
  return new AppError('QUEUE_UNAVAILABLE', 'The job queue cannot be reached; try again shortly.', { cause });
}
