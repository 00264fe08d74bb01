import { Registry } from 'prom-client';
import { Metrics } from '../../../src/observability/metrics';
import { CacheRedis } from '../../../src/redis/cache-redis';

/** Generous: these tests ask for what is right, not for what is fast. */
const PATIENT_MS = 2_000;

/** A connected {@link CacheRedis}. Close it. */
export async function openCacheRedis(
  url: string | null,
  options: { timeoutMs?: number; metrics?: Metrics } = {},
): Promise<CacheRedis> {
  const metrics = options.metrics ?? new Metrics(new Registry());
  const redis = new CacheRedis({ url, timeoutMs: options.timeoutMs ?? PATIENT_MS }, metrics);
  await redis.start();
  return redis;
}

/** Resolves when it is in a state. */
export function reaches(redis: CacheRedis, state: CacheRedis['state']): Promise<void> {
  return new Promise((resolve) => {
    if (redis.state === state) resolve();
    else redis.onStateChange((now) => now === state && resolve());
  });
}
