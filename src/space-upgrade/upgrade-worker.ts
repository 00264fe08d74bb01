import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { AppError } from '../common/app-error';
import { describeError } from '../common/error-description';
import { AppConfig } from '../config/app-config';
import { runInJob } from '../observability/request-context';
import { QueueConnection } from '../queue/queue-connection';
import { workerOptions } from '../queue/worker-options';
import { UPGRADE_QUEUE, type UpgradeJob } from './upgrade-queue';
import { UpgradeRunner } from './upgrade-runner';
import { UpgradeStore } from './upgrade-store';

/** How long a stop waits for what runs to get to its next pause. */
const GRACE_MS = 5000;
/** Tries of what fails in a way nobody foresaw. */
const MAX_ATTEMPTS_UNFORESEEN = 5;

/** Works on the upgrade queue: one space at a time. */
@Injectable()
export class UpgradeWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('SpaceUpgrade');
  private readonly stopping = new AbortController();
  private worker: Worker<UpgradeJob> | undefined;

  constructor(
    private readonly runner: UpgradeRunner,
    private readonly store: UpgradeStore,
    private readonly connection: QueueConnection,
    private readonly config: AppConfig,
  ) {}

  /** Begins, once everything it needs has started. */
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
  }

  /** What runs ends at its next pause and goes back to the queue. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort(new Error('the service stops'));
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GRACE_MS);
    });
    await Promise.race([this.worker?.close(!this.connection.ready), patience]);
    clearTimeout(timer);
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

  /** @throws UnrecoverableError for what does not pass by itself: the upgrade is paused until somebody resumes it */
  private async report(spaceId: number, error: unknown, attempt: number): Promise<void> {
    const isPassing = error instanceof AppError ? error.retryable : attempt < MAX_ATTEMPTS_UNFORESEEN;
    const message =
      error instanceof AppError ? `${error.code}: ${error.message}` : 'INTERNAL: the log holds the cause';
    this.logger.warn(
      `the embedding space ${spaceId} does not go on${isPassing ? ' for now' : ', it is paused'}: ` +
        (error instanceof AppError ? message : describeError(error)),
    );
    // Without the database it cannot be noted, and need not be.
    await this.store
      .change(spaceId, { error: message, ...(!isPassing && { paused: true }) })
      .catch(() => undefined);
    if (!isPassing) throw new UnrecoverableError(message);
  }
}
