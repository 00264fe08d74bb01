import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { describeError } from '../common/error-description';
import { AppConfig } from '../config/app-config';
import { UpgradeQueue } from './upgrade-queue';
import { UpgradeStore } from './upgrade-store';

/** Asks for the spaces that a worker has something to do for: their job may be lost, or was never made. */
@Injectable()
export class UpgradeSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('SpaceUpgrade');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;

  constructor(
    private readonly store: UpgradeStore,
    private readonly queue: UpgradeQueue,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running ??= this.sweep()
        .catch((error: unknown) => {
          // An outage is told by who noticed it first; the next round tries again.
          if (!(error instanceof AppError && error.retryable)) this.logger.error(describeError(error));
        })
        .finally(() => (this.running = null));
    }, this.config.queue.sweepIntervalMs).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** One round. @throws AppError `DATABASE_UNAVAILABLE` */
  async sweep(): Promise<void> {
    for (const spaceId of await this.store.unfinished()) await this.queue.enqueue(spaceId);
  }
}
