import type { WorkerOptions } from 'bullmq';
import type { AppConfig } from '../config/app-config';

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;
/** Whoever processes a job reads its `stalledCounter` and decides; BullMQ is not to. */
const NEVER = 1_000_000;
const RETRY_AFTER_FAILED_FETCH_MS = 1000;
/** PGlite's notifications do not reach other connections, so its workers look often. */
const EMBEDDED_DRAIN_DELAY_SECONDS = 0.1;

/** How a worker of this process works. */
export function workerOptions(config: AppConfig, concurrency: number): Omit<WorkerOptions, 'connection'> {
  const { backend, lockMs } = config.queue;
  const embedded = backend === 'postgres' && config.database.url === null;
  return {
    concurrency,
    lockDuration: lockMs,
    // A dead worker's job is taken over after its lock and at most two of these.
    stalledInterval: Math.max(500, lockMs / 2),
    maxStalledCount: NEVER,
    runRetryDelay: RETRY_AFTER_FAILED_FETCH_MS,
    settings: { backoffStrategy: (attemptsMade) => retryDelayMs(attemptsMade, Math.random()) },
    ...(embedded && { drainDelay: EMBEDDED_DRAIN_DELAY_SECONDS }),
  };
}

/**
 * Milliseconds before the next attempt: 1 s doubled with each attempt up to 60 s, of which a random half is taken off
 * so that jobs that failed together do not come back together.
 * @param attemptsMade from 1
 * @param random in [0, 1)
 */
export function retryDelayMs(attemptsMade: number, random: number): number {
  const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attemptsMade - 1, 16));
  return Math.round(delay * (1 - random / 2));
}
