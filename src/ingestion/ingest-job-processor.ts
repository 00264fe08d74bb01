import { setMaxListeners } from 'node:events';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { describeError } from '../common/error-description';
import type { VersionError, VersionRef } from '../corpus/document';
import { DueVersions } from '../corpus/due-versions';
import { VersionStore } from '../corpus/version-store';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { Metrics } from '../observability/metrics';
import { type IngestBatch, type IngestJob, type IngestStep, MAX_ATTEMPTS } from '../queue/ingest-job';

/** Attempts of a job that fails in an unforeseen way. */
export const MAX_UNFORESEEN_ATTEMPTS = 5;
/** Workers that may die of a document before it is given up. */
export const MAX_STALLS = 5;
/** Workers that may die of a batch before its documents are tried one by one: most are killed from outside. */
export const MAX_STALLS_OF_BATCH = 2;
/** How long a job waits for another one that workers may have died of. */
const POISON_DELAY_MS = 250;

/** A version that did not get through a step, while others of its batch may have. */
export interface FailedVersion {
  ref: VersionRef;
  error: unknown;
}

/** A step that a batch of versions goes through. It may be run again at any time and then does what is left, or nothing. */
export interface Step {
  readonly name: IngestStep;
  /** Throws what keeps all of them from going on. @returns those that fail by themselves */
  run(batch: IngestBatch, signal: AbortSignal): Promise<FailedVersion[]>;
}

/**
 * Runs steps as jobs of BullMQ, which owns attempts, back-off and stalled jobs; decides here what an error means. What a
 * batch fails on, or kills its workers, is found by isolating its documents, and jobs that workers may have died of are
 * processed one at a time in each process: a death is counted against no other.
 */
@Injectable()
export class IngestJobProcessor {
  private readonly logger = new Logger('Ingestion');
  private readonly stopping = new AbortController();
  /** Codes of outages that were reported and are not over: once each, not once for every document. */
  private readonly outages = new Set<string>();
  private hasPoisonSuspect = false;

  constructor(
    private readonly versions: VersionStore,
    private readonly due: DueVersions,
    private readonly spaces: EmbeddingSpaceService,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    // As many documents listen as are worked on.
    setMaxListeners(0, this.stopping.signal);
  }

  /**
   * @throws DelayedError or WaitingError when the job went back to its queue, UnrecoverableError when its version is given
   *   up, any other error when it is to be tried again
   */
  async process(job: Job<IngestJob>, token: string | undefined, step: Step): Promise<void> {
    const { versions } = job.data;
    if (job.stalledCounter === 0) return this.attempt(job, token, step);
    if (job.stalledCounter >= (versions.length > 1 ? MAX_STALLS_OF_BATCH : MAX_STALLS)) {
      const deaths = `${job.stalledCounter} workers died while they worked on it.`;
      return this.isolateOrGiveUp(step, versions, new AppError('WORKER_CRASHED', deaths));
    }
    if (this.hasPoisonSuspect) {
      await job.moveToDelayed(this.clock.nowMs() + POISON_DELAY_MS, token);
      throw new DelayedError();
    }
    this.hasPoisonSuspect = true;
    try {
      await this.attempt(job, token, step);
    } finally {
      this.hasPoisonSuspect = false;
    }
  }

  /** Steps that run end at their next pause and go back to their queue. */
  stop(): void {
    this.stopping.abort(new Error('the service stops'));
  }

  private async attempt(job: Job<IngestJob>, token: string | undefined, step: Step): Promise<void> {
    const { signal } = this.stopping;
    const { versions, bulk } = job.data;
    try {
      const failures = await step.run({ id: job.id!, versions, bulk }, signal);
      if (versions.length === 1 && failures.length > 0) throw failures[0].error;
      const isFinal = ({ error }: FailedVersion) => attemptsFor(error) === 1;
      for (const { ref, error } of failures.filter(isFinal)) await this.giveUp(step, ref, error);
      const passing = failures.filter((failure) => !isFinal(failure));
      if (passing.length > 0)
        await this.isolate(
          step,
          passing.map(({ ref }) => ref),
          passing[0].error,
        );
      if (this.outages.size > 0) this.logger.log(`documents go on after ${[...this.outages].join(', ')}`);
      this.outages.clear();
    } catch (error) {
      if (signal.aborted) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const attempt = job.attemptsMade + 1;
      const isTransient = error instanceof AppError && error.retryable;
      if (attempt >= attemptsFor(error) || (versions.length > 1 && !isTransient))
        return this.isolateOrGiveUp(step, versions, error);
      this.reportRetry(`${labelOf(step, versions)}: attempt ${attempt} failed: ${textOf(error)}`, error);
      throw error;
    }
  }

  /** @throws UnrecoverableError for a single version, which is given up */
  private async isolateOrGiveUp(step: Step, refs: readonly VersionRef[], error: unknown): Promise<void> {
    if (refs.length > 1) return this.isolate(step, refs, error);
    await this.giveUp(step, refs[0], error);
    throw new UnrecoverableError(publicErrorOf(error).message);
  }

  private async isolate(step: Step, refs: readonly VersionRef[], error: unknown): Promise<void> {
    await this.due.isolate(refs);
    this.logger.warn(`${labelOf(step, refs)} tried again one by one after: ${textOf(error)}`);
  }

  private async giveUp(step: Step, ref: VersionRef, error: unknown): Promise<void> {
    const failed = await this.versions.fail(ref, publicErrorOf(error), this.spaces.tables);
    if (failed) this.metrics.ingestDocuments.inc({ outcome: 'failed' });
    const line = `${labelOf(step, [ref])} given up: ${textOf(error)}`;
    if (error instanceof AppError && error.status < 500) this.logger.warn(line);
    else this.logger.error(line);
  }

  private reportRetry(line: string, error: unknown): void {
    if (error instanceof AppError && error.retryable) {
      if (this.outages.has(error.code)) return;
      this.outages.add(error.code);
    }
    this.logger.warn(line);
  }
}

function attemptsFor(error: unknown): number {
  if (!(error instanceof AppError)) return MAX_UNFORESEEN_ATTEMPTS;
  // Without these a version cannot even be given up: it stays due, and the dispatcher adds a new job.
  if (error.code === 'DATABASE_UNAVAILABLE' || error.code === 'QUEUE_UNAVAILABLE') return Infinity;
  return error.retryable ? MAX_ATTEMPTS : 1;
}

function labelOf({ name }: Step, refs: readonly VersionRef[]): string {
  if (refs.length > 1) return `${name} of ${refs.length} documents`;
  return `${name} of document ${refs[0].documentId} version ${refs[0].version}`;
}

/** What the document's owner may know. */
function publicErrorOf(error: unknown): VersionError {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  return { code: 'INTERNAL', message: 'The service failed on this document; its log holds the cause.' };
}

function textOf(error: unknown): string {
  return error instanceof AppError ? `${error.code}: ${error.message}` : describeError(error);
}
