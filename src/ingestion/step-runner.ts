import { setMaxListeners } from 'node:events';
import { Injectable, Logger } from '@nestjs/common';
import { type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { bulkhead } from 'cockatiel';
import { AppError } from '../common/app-error';
import type { ErrorCode } from '../common/error-codes';
import { describeError } from '../common/error-description';
import type { VersionError, VersionRef } from '../corpus/document';
import { type StartedVersion, VersionStore } from '../corpus/version-store';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { Metrics } from '../observability/metrics';
import {
  type IngestJob,
  type IngestStep,
  MAX_ATTEMPTS,
  MAX_ATTEMPTS_UNFORESEEN,
  MAX_CRASHES,
  MAX_CRASHES_TOGETHER,
  versionsOf,
} from '../queue/ingest-job';
import { IngestQueue } from '../queue/ingest-queue';
import { OpenTries } from './open-tries';

/** A version that did not get through a step, while others of its job may have. */
export interface FailedVersion {
  ref: VersionRef;
  error: unknown;
}

/** One step of the way of versions of one tenant. It may be run again at any time and then does what is left, or nothing. */
export interface Step<Started extends StartedVersion = StartedVersion> {
  readonly name: IngestStep;
  /** @returns those that have this step before them */
  start(refs: readonly VersionRef[]): Promise<Started[]>;
  /** Throws what keeps all of them from going on. @returns those that fail by themselves */
  run(started: readonly Started[], signal: AbortSignal): Promise<FailedVersion[]>;
  /** What comes after the step for those that are past it. */
  next?(refs: readonly VersionRef[], bulk: boolean): Promise<void>;
}

/**
 * Runs steps as jobs: decides what is tried again and what is given up, and gives jobs back at shutdown. What a job of
 * several versions fails on, or dies of, is found by giving each of them a job of its own, and what workers may have died
 * of is worked on one at a time: a death is counted against no other.
 */
@Injectable()
export class StepRunner {
  private readonly logger = new Logger('Ingestion');
  private readonly stopping = new AbortController();
  /** Codes of outages that were told and are not over: each is told once, not once for every document. */
  private readonly outages = new Set<string>();
  /** Whose turn it is of those that workers may have died of. */
  private readonly suspectTurns = bulkhead(1, Infinity);

  constructor(
    private readonly versions: VersionStore,
    private readonly spaces: EmbeddingSpaceService,
    private readonly queue: IngestQueue,
    private readonly tries: OpenTries,
    private readonly metrics: Metrics,
  ) {
    // As many documents listen as are worked on.
    setMaxListeners(0, this.stopping.signal);
  }

  /**
   * @throws WaitingError when the job went back to its queue, UnrecoverableError when its version is given up, any other
   *   error when the job is to be tried again
   */
  async run<Started extends StartedVersion>(
    job: Job<IngestJob>,
    token: string | undefined,
    step: Step<Started>,
  ): Promise<void> {
    const { signal } = this.stopping;
    const refs = versionsOf(job.data);
    let started: readonly Started[] = [];
    try {
      await this.tries.settle();
      started = await step.start(refs);
      let failures: FailedVersion[];
      if (started.some(({ crashes }) => crashes > 0)) {
        // While it waits for its turn the worker may die of another one: it has not begun.
        await this.tries.end(started);
        started = [];
        failures = await this.suspectTurns.execute(async () => {
          started = await step.start(refs);
          return this.work(step, started, refs.length > 1);
        }, signal);
      } else failures = await this.work(step, started, refs.length > 1);
      if (refs.length === 1 && failures.length > 0) throw failures[0].error;
      await step.next?.(refs, job.data.bulk);
      await this.handle(step, failures);
      if (this.outages.size > 0) this.logger.log(`documents go on after ${[...this.outages].join(', ')}`);
      this.outages.clear();
    } catch (error) {
      await this.tries.end(started);
      if (signal.aborted) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const attempt = job.attemptsMade + 1;
      const about = aboutOf(step, refs);
      const isOver = attempt >= attemptsFor(error);
      if (refs.length > 1 && (isOver || !(error instanceof AppError && error.retryable))) {
        this.logger.warn(`${about}: each gets a job of its own after: ${textOf(error)}`);
        // Of those that are past the step, too: what comes after it was not asked for yet.
        await this.apart(step, refs);
        return;
      }
      if (!isOver) {
        this.tellRetry(`${about}: attempt ${attempt} failed: ${textOf(error)}`, error);
        throw error;
      }
      for (const ref of refs) await this.giveUp(ref, errorFor(error));
      this.tellGivenUp(`${about} given up after attempt ${attempt}: ${textOf(error)}`, error);
      throw new UnrecoverableError(errorFor(error).message);
    }
  }

  /** Steps that run end at their next pause and go back to their queue. */
  stop(): void {
    this.stopping.abort(new Error('the service stops'));
  }

  private async work<Started extends StartedVersion>(
    step: Step<Started>,
    started: readonly Started[],
    together: boolean,
  ): Promise<FailedVersion[]> {
    const calm = await this.withoutSuspects(step, started, together);
    return calm.length > 0 ? step.run(calm, this.stopping.signal) : [];
  }

  /**
   * Leaves out what workers died of more than once, or of what was with it in a job: alone it is found out. What too many
   * died of is given up.
   */
  private async withoutSuspects<Started extends StartedVersion>(
    step: Step<Started>,
    started: readonly Started[],
    together: boolean,
  ): Promise<readonly Started[]> {
    const suspects = started.filter(
      ({ crashes }) => crashes >= (together ? MAX_CRASHES_TOGETHER : MAX_CRASHES),
    );
    if (suspects.length === 0) return started;
    if (together) {
      await this.tries.end(suspects);
      await this.apart(step, suspects);
    } else
      for (const ref of suspects) {
        const error = new AppError('WORKER_CRASHED', `${ref.crashes} workers died while they worked on it.`);
        await this.giveUp(ref, errorFor(error));
        this.tellGivenUp(`${aboutOf(step, [ref])} given up: ${textOf(error)}`, error);
      }
    return started.filter((version) => !suspects.includes(version));
  }

  private async apart(step: Pick<Step, 'name'>, refs: readonly VersionRef[]): Promise<void> {
    const jobs = refs.map(({ tenantId, documentId, version }) => ({
      versions: [{ tenantId, documentId, version }],
      bulk: true,
    }));
    await this.queue.enqueue(step.name, jobs);
  }

  /** What failed in the midst of others: for good, or to be tried again by itself. */
  private async handle(step: Pick<Step, 'name'>, failures: readonly FailedVersion[]): Promise<void> {
    const again = failures.filter(({ error }) => attemptsFor(error) > 1);
    if (again.length > 0) {
      const refs = again.map(({ ref }) => ref);
      this.logger.warn(`${aboutOf(step, refs)} tried again after: ${textOf(again[0].error)}`);
      await this.tries.end(refs);
      await this.apart(step, refs);
    }
    for (const { ref, error } of failures) {
      if (attemptsFor(error) > 1) continue;
      await this.giveUp(ref, errorFor(error));
      this.tellGivenUp(`${aboutOf(step, [ref])} given up: ${textOf(error)}`, error);
    }
  }

  private tellRetry(line: string, error: unknown): void {
    if (error instanceof AppError && error.retryable) {
      if (this.outages.has(error.code)) return;
      this.outages.add(error.code);
    }
    this.logger.warn(line);
  }

  private tellGivenUp(line: string, error: unknown): void {
    if (error instanceof AppError && error.status < 500) this.logger.warn(line);
    else this.logger.error(line);
  }

  private async giveUp(ref: VersionRef, error: VersionError): Promise<void> {
    const failed = await this.versions.fail(ref, error, this.spaces.tables);
    if (failed) this.metrics.ingestDocuments.inc({ outcome: 'failed' });
  }
}

/** What every step needs. Without it a version cannot even be given up: the sweeper asks for it until it is back. */
const INDISPENSABLE: readonly ErrorCode[] = ['DATABASE_UNAVAILABLE', 'QUEUE_UNAVAILABLE'];

function attemptsFor(error: unknown): number {
  if (!(error instanceof AppError)) return MAX_ATTEMPTS_UNFORESEEN;
  if (INDISPENSABLE.includes(error.code)) return Infinity;
  return error.retryable ? MAX_ATTEMPTS : 1;
}

function aboutOf({ name }: Pick<Step, 'name'>, refs: readonly VersionRef[]): string {
  if (refs.length > 1) return `${name} of ${refs.length} documents`;
  return `${name} of document ${refs[0].documentId} version ${refs[0].version}`;
}

/** What the document's owner may know. */
function errorFor(error: unknown): VersionError {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  return { code: 'INTERNAL', message: 'The service failed on this document; its log holds the cause.' };
}

function textOf(error: unknown): string {
  return error instanceof AppError ? `${error.code}: ${error.message}` : describeError(error);
}
