import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { describeError } from '../common/error-description';
import { every, type Repetition } from '../common/timers';
import { AppConfig } from '../config/app-config';
import { AuditLog } from './audit-log';

const INTERVAL_MS = 3_600_000;
/** Records deleted per statement. */
const BATCH_SIZE = 1000;

/** Deletes records of the audit log that are as old as `AUDIT_RETENTION_DAYS`. */
@Injectable()
export class AuditRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AuditRetention.name);
  private repetition: Repetition | undefined;
  private stopped = false;

  constructor(
    private readonly log: AuditLog,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.repetition = every(INTERVAL_MS, () => this.run());
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    await this.repetition?.stop();
  }

  /** Deletes all old records. Never throws: the next run tries again. */
  async run(): Promise<void> {
    try {
      const days = this.config.auditRetentionDays;
      while (!this.stopped && (await this.log.forget(days, BATCH_SIZE)) === BATCH_SIZE);
    } catch (error) {
      this.logger.error(describeError(error));
    }
  }
}
