import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { describeError } from '../common/error-description';
import { AppConfig } from '../config/app-config';
import { DueVersions, type VersionBatch } from '../corpus/due-versions';
import { IngestQueue } from '../queue/ingest-queue';

/** How long what comes in while the workers are idle waits at most. */
const INTERVAL_MS = 500;
/** Versions looked after in one round of recovery: far more than get lost. */
const MAX_RECOVERED = 2000;

/**
 * Gives the workers what is due by Postgres, one tenant after the other, and never more than keeps them busy: so a tenant
 * with a hundred thousand documents is not in the way of one that comes later.
 * @see docs/decisions/012-ingest-queue.md
 */
@Injectable()
export class IngestDispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(IngestDispatcher.name);
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Map<'dispatch' | 'recover', Promise<void>>();
  private stopped = false;

  constructor(
    private readonly due: DueVersions,
    private readonly queue: IngestQueue,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    const { sweepIntervalMs } = this.config.queue;
    this.timers.push(
      setInterval(() => this.wake(), INTERVAL_MS).unref(),
      setInterval(() => this.run('recover', () => this.recover(sweepIntervalMs)), sweepIntervalMs).unref(),
    );
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.running.values());
  }

  /** Looks soon whether the workers need something: one of them has just finished a job. */
  wake(): void {
    this.run('dispatch', () => this.dispatch());
  }

  /**
   * Fills the queues up to a few jobs for each that this process does at once.
   * @throws AppError `DATABASE_UNAVAILABLE`, `QUEUE_UNAVAILABLE`
   */
  async dispatch(): Promise<void> {
    const { chunkConcurrency, embedConcurrency } = this.config.queue;
    const [chunk, embed] = await Promise.all([this.queue.depth('chunk'), this.queue.depth('embed')]);
    let room = chunkConcurrency + embedConcurrency - chunk.waiting - embed.waiting;
    for (; room > 0 && !this.stopped; room--) {
      const batch = await this.due.takeBatch();
      if (batch === null) break;
      await this.queue.add(batch.step, [{ ...batch, bulk: true }]);
    }
  }

  /**
   * Adds the jobs of versions that were given to the workers a while ago, which does nothing where they still live: a job
   * is lost with the queue's server, or was never added as a process died between commit and adding it.
   * @throws AppError `DATABASE_UNAVAILABLE`, `QUEUE_UNAVAILABLE`
   */
  async recover(idleMs: number): Promise<void> {
    const batches = await this.due.takeIdle(idleMs, MAX_RECOVERED);
    const of = (step: VersionBatch['step']) =>
      batches.filter((batch) => batch.step === step).map((batch) => ({ ...batch, bulk: true }));
    await this.queue.add('chunk', of('chunk'));
    await this.queue.add('embed', of('embed'));
  }

  private run(name: 'dispatch' | 'recover', work: () => Promise<void>): void {
    if (this.stopped || this.running.has(name)) return;
    const round = work().catch((error: unknown) => {
      // An outage is reported by who noticed it first; the next round tries again, and recovery finds what was taken.
      if (!(error instanceof AppError && error.retryable)) this.logger.error(describeError(error));
    });
    this.running.set(
      name,
      round.finally(() => this.running.delete(name)),
    );
  }
}
