import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { describeError } from '../common/error-description';
import { AppConfig } from '../config/app-config';
import { AuditLog } from './audit-log';

const INTERVAL_MS = 3_600_000;
/** Records deleted per statement. */
const BATCH_SIZE = 1000;

/** Deletes records of the audit log that are as old as `AUDIT_RETENTION_DAYS`. */
@Injectable()
export class AuditRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AuditRetention.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly log: AuditLog,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    const next = () => {
      this.running = this.running.then(() => this.run());
    };
    this.timer = setInterval(next, INTERVAL_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
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
