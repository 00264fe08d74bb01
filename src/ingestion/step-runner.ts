import { Injectable, Logger } from '@nestjs/common';
import { type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { AppError } from '../common/app-error';
import type { ErrorCode } from '../common/error-codes';
import { describeError } from '../common/error-description';
import type { VersionError, VersionRef } from '../corpus/document';
import { VersionStore } from '../corpus/version-store';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { Metrics } from '../observability/metrics';
import { type IngestJob, MAX_ATTEMPTS, MAX_ATTEMPTS_UNFORESEEN } from '../queue/ingest-job';

/** One step of a version's way. It may be run again at any time and then does what is left, or nothing. */
export type Step = (ref: VersionRef, signal: AbortSignal) => Promise<void>;

/** Runs steps as jobs: decides what is tried again and what is given up, and gives jobs back at shutdown. */
@Injectable()
export class StepRunner {
  private readonly logger = new Logger('Ingestion');
  private readonly stopping = new AbortController();
  /** Codes of outages that were told and are not over: each is told once, not once for every document. */
  private readonly outages = new Set<string>();

  constructor(
    private readonly versions: VersionStore,
    private readonly spaces: EmbeddingSpaceService,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @throws WaitingError when the job went back to its queue, UnrecoverableError when its version is given up, any other
   *   error when the job is to be tried again
   */
  async run(job: Job<IngestJob>, token: string | undefined, step: Step): Promise<void> {
    const { signal } = this.stopping;
    try {
      await step(job.data, signal);
      if (this.outages.size > 0) this.logger.log(`documents go on after ${[...this.outages].join(', ')}`);
      this.outages.clear();
    } catch (error) {
      if (signal.aborted) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const attempt = job.attemptsMade + 1;
      const about = `${job.name} of document ${job.data.documentId} version ${job.data.version}`;
      if (attempt < attemptsFor(error)) {
        this.tellRetry(`${about}: attempt ${attempt} failed: ${textOf(error)}`, error);
        throw error;
      }
      await this.giveUp(job.data, errorFor(error));
      const line = `${about} is given up after attempt ${attempt}: ${textOf(error)}`;
      if (isFaultOfDocument(error)) this.logger.warn(line);
      else this.logger.error(line);
      throw new UnrecoverableError(errorFor(error).message);
    }
  }

  /** Steps that run end at their next pause and go back to their queue. */
  stop(): void {
    this.stopping.abort(new Error('the service stops'));
  }

  private tellRetry(line: string, error: unknown): void {
    if (error instanceof AppError && error.retryable) {
      if (this.outages.has(error.code)) return;
      this.outages.add(error.code);
    }
    this.logger.warn(line);
  }

  private async giveUp(ref: VersionRef, error: VersionError): Promise<void> {
    const failed = await this.versions.fail(ref, error, await this.spaces.writable());
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

function isFaultOfDocument(error: unknown): boolean {
  return error instanceof AppError && error.status < 500;
}

/** What the document's owner may know. */
function errorFor(error: unknown): VersionError {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  return { code: 'INTERNAL', message: 'The service failed on this document; its log holds the cause.' };
}

function textOf(error: unknown): string {
  return error instanceof AppError ? `${error.code}: ${error.message}` : describeError(error);
}
