import type { WorkerOptions } from 'bullmq';
import type { AppConfig } from '../config/app-config';
import { retryDelayMs } from './ingest-job';

/** A worker that dies this often in the middle of one job leaves it to the sweeper. */
const MAX_STALLED_COUNT = 5;
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
    maxStalledCount: MAX_STALLED_COUNT,
    runRetryDelay: RETRY_AFTER_FAILED_FETCH_MS,
    settings: { backoffStrategy: (attemptsMade) => retryDelayMs(attemptsMade, Math.random()) },
    ...(embedded && { drainDelay: EMBEDDED_DRAIN_DELAY_SECONDS }),
  };
}
