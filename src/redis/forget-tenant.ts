import type { CacheRedis } from './cache-redis';
import { serversOf, unlinkMany } from './many-keys';
import type { RedisClient } from './redis-client';
import { tenantKey } from './redis-keys';

const SCAN_COUNT = 1_000;
const TIMEOUT_MS = 1_000;

/**
 * Removes every key of a tenant from the caches' Redis, without KEYS.
 * @throws AppError `CACHE_UNAVAILABLE`; what was removed until then stays removed
 */
export async function forgetTenantKeys(redis: CacheRedis, tenantId: string): Promise<void> {
  if (!redis.configured) return;
  const run = <T>(call: (client: RedisClient) => Promise<T>) => redis.run('tenant.forget', call, TIMEOUT_MS);
  for (const server of await run(async (client) => serversOf(client))) {
    let cursor = '0';
    do {
      const [next, keys] = await run(() =>
        server.scan(cursor, 'MATCH', tenantKey(tenantId, '*'), 'COUNT', SCAN_COUNT),
      );
      await run((client) => unlinkMany(client, keys));
      cursor = next;
    } while (cursor !== '0');
  }
}
