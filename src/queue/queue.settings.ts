import { choice, integer, number, text } from '../config/setting';
import { REDIS_URL } from '../redis/redis.settings';

/** The job queue and its workers */
export const QUEUE_SETTINGS = {
  /** Where jobs are kept: `redis` needs `REDIS_QUEUE_URL`; `auto` takes it if it is set, else Postgres. */
  backend: choice('QUEUE_BACKEND', ['auto', 'redis', 'postgres'], { default: 'auto' }),
  /** Redis of the job queue (must not evict: `noeviction`, AOF). */
  redisUrl: text('REDIS_QUEUE_URL', REDIS_URL),
  /** Documents a worker parses at once, each in a process of its own. */
  parseConcurrency: integer('PARSE_CONCURRENCY', { default: 2, min: 1 }),
  /** Jobs of the chunk step, of up to 32 documents each, that a worker does at once. */
  chunkConcurrency: integer('CHUNK_CONCURRENCY', { default: 2, min: 1 }),
  /** Jobs of the embed step, of up to 32 documents each, that a worker does at once. */
  embedConcurrency: integer('EMBED_CONCURRENCY', { default: 2, min: 1 }),
  /** Seconds between two looks for documents whose job was lost, which get one again. */
  sweepIntervalMs: number('SWEEP_INTERVAL_SECONDS', { default: 15, min: 0.1, times: 1000 }),
  /** Seconds without a sign of life after which a job of a dead worker is taken over. */
  lockMs: number('JOB_LOCK_SECONDS', { default: 30, min: 1, times: 1000 }),
};
