import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { AppError } from '../common/app-error';
import { describeError } from '../common/error-description';
import { endsWithin, every, type Repetition } from '../common/timers';
import { AppConfig } from '../config/app-config';
import { runInJob } from '../observability/request-context';
import { QueueConnection } from '../queue/queue-connection';
import { workerOptions } from '../queue/worker-options';
import { UPGRADE_QUEUE, type UpgradeJob, UpgradeQueue } from './upgrade-queue';
import { UpgradeRunner } from './upgrade-runner';
import { UpgradeStore } from './upgrade-store';

/** How long a shutdown waits for the running step to reach its next pause. */
const GRACE_MS = 5000;
/** Attempts after an unexpected error. */
const MAX_UNEXPECTED_ATTEMPTS = 5;

/**
 * Processes the upgrade queue, one space at a time, and regularly enqueues every space that has work to do: its job may
 * have been lost, or was never created.
 */
@Injectable()
export class UpgradeWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('SpaceUpgrade');
  private readonly stopping = new AbortController();
  private worker: Worker<UpgradeJob> | undefined;
  private sweeping: Repetition | undefined;

  constructor(
    private readonly runner: UpgradeRunner,
    private readonly store: UpgradeStore,
    private readonly queue: UpgradeQueue,
    private readonly connection: QueueConnection,
    private readonly config: AppConfig,
  ) {}

  /** Starts once every dependency has started. */
  onApplicationBootstrap(): void {
    this.worker = new Worker<UpgradeJob>(
      UPGRADE_QUEUE,
      (job, token) => runInJob(job.id ?? job.name, () => this.process(job, token)),
      {
        ...workerOptions(this.config, 1),
        ...this.connection.bullOptions,
      },
    );
    this.worker.on('error', (error) => this.connection.failed(error));
    this.sweeping = every(this.config.queue.sweepIntervalMs, () => this.sweep());
  }

  /** The running job ends at its next pause and returns to the queue. */
  async onModuleDestroy(): Promise<void> {
    const swept = this.sweeping?.stop();
    this.stopping.abort(new Error('the service stops'));
    if (this.worker) await endsWithin(GRACE_MS, this.worker.close(!this.connection.ready));
    await swept;
  }

  private async sweep(): Promise<void> {
    try {
      for (const spaceId of await this.store.unfinished()) await this.queue.enqueue(spaceId);
    } catch (error) {
      // An outage is reported by the module that notices it; the next round retries.
      if (!(error instanceof AppError && error.retryable)) this.logger.error(describeError(error));
    }
  }

  private async process(job: Job<UpgradeJob>, token: string | undefined): Promise<void> {
    const { spaceId } = job.data;
    const { signal } = this.stopping;
    try {
      await this.runner.run(spaceId, signal);
    } catch (error) {
      if (signal.aborted) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      await this.report(spaceId, error, job.attemptsMade + 1);
      throw error;
    }
  }

  /** @throws UnrecoverableError for a permanent error: the upgrade is paused until an operator resumes it */
  private async report(spaceId: number, error: unknown, attempt: number): Promise<void> {
    const isTransient = error instanceof AppError ? error.retryable : attempt < MAX_UNEXPECTED_ATTEMPTS;
    const message =
      error instanceof AppError ? `${error.code}: ${error.message}` : 'INTERNAL: see the log for the cause';
    this.logger.warn(
      `the upgrade to embedding space ${spaceId} failed and is ${isTransient ? 'retried' : 'paused'}: ` +
        (error instanceof AppError ? message : describeError(error)),
    );
    // If the database is unavailable this fails, and the retry reports again.
    await this.store
      .change(spaceId, { error: message, ...(!isTransient && { paused: true }) })
      .catch(() => undefined);
    if (!isTransient) throw new UnrecoverableError(message);
  }
}
