import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../common/app-error';
import type { Clock } from '../common/clock';
import type { AppConfig } from '../config/app-config';
import { isDatabaseUnavailable } from './database-errors';

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 400;

/**
 * Reads that outlast a restart or a failover of Postgres: while it is unavailable they are repeated, until it has been so
 * for `DATABASE_WAIT_MS`. From then on reads fail at once, so that nobody waits for a server that does not come back.
 */
export class DatabaseReads {
  /** When the first read failed of those that failed in a row; null while reads succeed. */
  private awaySinceMs: number | null = null;

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly pause: (ms: number) => Promise<void> = delay,
  ) {}

  /**
   * @param read changes nothing, so that it may be made again
   * @throws what the last try threw
   */
  async run<T>(read: () => Promise<T>): Promise<T> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      try {
        const result = await read();
        this.awaySinceMs = null;
        return result;
      } catch (error) {
        if (!isAway(error)) throw error;
        const nowMs = this.clock.nowMs();
        this.awaySinceMs ??= nowMs;
        if (nowMs - this.awaySinceMs >= this.config.database.waitMs) throw error;
        await this.pause(pauseMs);
      }
    }
  }
}

function isAway(error: unknown): boolean {
  return isDatabaseUnavailable(error) || (error instanceof AppError && error.code === 'DATABASE_UNAVAILABLE');
}
