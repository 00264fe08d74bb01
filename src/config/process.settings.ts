import { resolve } from 'node:path';
import { choice, integer, text } from './setting';

/** The process */
export const PROCESS_SETTINGS = {
  /** Which parts this process runs: the HTTP API, the ingestion workers, or both. */
  role: choice('ROLE', ['api', 'worker', 'all'], { default: 'all' }),
  /** Folder of everything the embedded mode keeps. */
  dataDir: text('DATA_DIR', { default: './data' }).as((folder) => resolve(folder)),
  /** How much is logged. */
  logLevel: choice('LOG_LEVEL', ['error', 'warn', 'info', 'debug'], { default: 'info' }),
  /** Seconds that running requests, streams and jobs get to end after SIGTERM or SIGINT. */
  shutdownTimeoutMs: integer('SHUTDOWN_TIMEOUT_SECONDS', { default: 25, min: 1, max: 3600, times: 1000 }),
  /**
   * Seconds that a process which is told to stop still takes requests, while `/health/ready` says 503, until the load
   * balancer has noticed. Part of SHUTDOWN_TIMEOUT_SECONDS.
   */
  shutdownDrainMs: integer('SHUTDOWN_DRAIN_SECONDS', { default: 0, min: 0, max: 600, times: 1000 }),
  /** Milliseconds after which a question, search or call for embeddings is given up, over everything that it waits for. */
  requestDeadlineMs: integer('REQUEST_DEADLINE_MS', { default: 60_000, min: 100 }),
};
