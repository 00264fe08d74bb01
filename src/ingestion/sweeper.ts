import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { describeError } from '../common/error-description';
import { AppConfig } from '../config/app-config';
import { VersionFeed } from '../corpus/version-feed';
import type { IngestStep } from '../queue/ingest-job';
import { IngestQueue } from '../queue/ingest-queue';

/** Versions asked for in one round: far more than get lost, and no burden where all of them have their job. */
const MAX_PER_ROUND = 2000;

/**
 * Asks workers again for versions that nobody was asked for lately: their job was lost with the queue's server, or never
 * made because a process died between commit and enqueue. Those that have a job, alone or among others, are left to it:
 * a second one would do the same work at the same time.
 */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Sweeper.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;

  constructor(
    private readonly feed: VersionFeed,
    private readonly queue: IngestQueue,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    const { sweepIntervalMs } = this.config.queue;
    this.timer = setInterval(() => {
      // A round that takes longer than the interval is not overtaken by the next.
      this.running ??= this.round(sweepIntervalMs).finally(() => (this.running = null));
    }, sweepIntervalMs).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /**
   * One round.
   * @param idleMs versions that a job was asked for within this are left alone
   * @returns how many versions were asked for
   * @throws AppError `DATABASE_UNAVAILABLE`, `QUEUE_UNAVAILABLE`
   */
  async sweep(idleMs: number): Promise<number> {
    const taken = await this.feed.takeIdle(idleMs, MAX_PER_ROUND);
    if (taken.length === 0) return 0;
    const hasJob = await this.queue.versionsWithJob();
    const idle = taken.filter((version) => !hasJob(version));
    const steps: Record<IngestStep, typeof idle> = { chunk: [], embed: [] };
    for (const version of idle) steps[version.status === 'embedding' ? 'embed' : 'chunk'].push(version);
    for (const step of ['chunk', 'embed'] as const)
      await this.queue.enqueue(
        step,
        steps[step].map(({ tenantId, documentId, version }) => ({
          versions: [{ tenantId, documentId, version }],
          bulk: true,
        })),
      );
    return idle.length;
  }

  private async round(idleMs: number): Promise<void> {
    try {
      const asked = await this.sweep(idleMs);
      if (asked > 0) this.logger.log(`asked again for ${asked} documents on their way`);
    } catch (error) {
      // An outage is told by who noticed it first; the next round tries again.
      if (!(error instanceof AppError && error.retryable)) this.logger.error(describeError(error));
    }
  }
}
