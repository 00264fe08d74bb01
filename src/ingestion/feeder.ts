import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { describeError } from '../common/error-description';
import { AppConfig } from '../config/app-config';
import { VersionFeed } from '../corpus/version-feed';
import { jobsOf } from '../queue/ingest-job';
import { IngestQueue } from '../queue/ingest-queue';

/** How long what comes in while the workers are idle waits at most. */
const INTERVAL_MS = 500;
/** Versions of one tenant in its turn. */
const VERSIONS_PER_TURN = 64;

/**
 * Gives the workers what waits in the database, one tenant after the other, and never more than keeps them busy: so a
 * tenant with a hundred thousand documents is not in the way of one that comes later, whatever keeps the jobs.
 */
@Injectable()
export class Feeder implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Feeder.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly feed: VersionFeed,
    private readonly queue: IngestQueue,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), INTERVAL_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** Looks soon whether the workers need something: one of them has just finished a job. */
  wake(): void {
    if (this.stopped) return;
    this.running ??= this.round().finally(() => (this.running = null));
  }

  /**
   * Fills the queues up to a few jobs for each that this process does at once.
   * @returns how many versions the workers were asked for
   * @throws AppError `DATABASE_UNAVAILABLE`, `QUEUE_UNAVAILABLE`
   */
  async fill(): Promise<number> {
    let fed = 0;
    for (let room = await this.room(); room > 0 && !this.stopped;) {
      const versions = await this.feed.takeWaiting(VERSIONS_PER_TURN);
      if (versions.length === 0) break;
      const jobs = jobsOf(versions, true);
      await this.queue.enqueue('chunk', jobs);
      fed += versions.length;
      room -= jobs.length;
    }
    return fed;
  }

  /** Jobs that may be added before more wait than the workers need to go on at once. */
  private async room(): Promise<number> {
    const { chunkConcurrency, embedConcurrency } = this.config.queue;
    const [chunk, embed] = await Promise.all([this.queue.depth('chunk'), this.queue.depth('embed')]);
    return chunkConcurrency + embedConcurrency - chunk.waiting - embed.waiting;
  }

  private async round(): Promise<void> {
    try {
      await this.fill();
    } catch (error) {
      // An outage is told by who noticed it first; the next round tries again, the sweeper finds what was taken.
      if (!(error instanceof AppError && error.retryable)) this.logger.error(describeError(error));
    }
  }
}
