import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { describeError } from '../common/error-description';
import { every, type Repetition } from '../common/timers';
import { AppConfig } from '../config/app-config';
import { IngestJobStore } from '../corpus/ingest-job-store';

const INTERVAL_MS = 600_000;
/** Rows that go with one statement. */
const BATCH_SIZE = 500;
const MS_PER_DAY = 86_400_000;

/** Forgets jobs that have been done for long, so that they do not pile up for ever. */
@Injectable()
export class JobRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(JobRetention.name);
  private repetition: Repetition | undefined;
  private stopped = false;

  constructor(
    private readonly jobs: IngestJobStore,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.repetition = every(INTERVAL_MS, () => this.round());
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    await this.repetition?.stop();
  }

  private async round(): Promise<void> {
    const olderThanMs = this.config.ingestion.jobRetentionDays * MS_PER_DAY;
    try {
      while (!this.stopped && (await this.jobs.forget(olderThanMs, BATCH_SIZE)) > 0);
    } catch (error) {
      // The next round tries again.
      if (!(error instanceof AppError && error.retryable)) this.logger.error(describeError(error));
    }
  }
}
