import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { sha256Hex } from '../../src/common/hash';
import { Metrics } from '../../src/observability/metrics';
import { CacheRedis } from '../../src/redis/cache-redis';
import { RedisSharedValues } from '../../src/redis/drivers/redis-shared-values';
import { ServedAnswers } from '../../src/semantic-cache/answer-feedback';
import { startRedis } from '../../test/support/services';
import { usedByRedis } from './entry-memory';

const PATIENT_MS = 10_000;
/** Ten minutes at 450 per second. */
const REQUESTS = 270_000;
/** Of a tenth of a second. */
const WRITTEN_TOGETHER = 45;

/** Measures the bytes of Redis memory for the record of an answered request, which is kept for an hour. */
export async function bytesPerNote(): Promise<number> {
  const server = await startRedis({ role: 'cache' });
  const redis = new CacheRedis({ url: server.url, timeoutMs: PATIENT_MS }, new Metrics(new Registry()));
  const client = new Redis(server.url);
  try {
    await redis.start();
    const tenantId = randomUUID();
    const served = new ServedAnswers(new RedisSharedValues(redis), { nowMs: () => 0 });
    const before = await usedByRedis(client);
    for (let i = 0; i < REQUESTS; i++) {
      served.note(tenantId, randomUUID(), { answeredId: sha256Hex(String(i)).slice(0, 32) });
      if (i % WRITTEN_TOGETHER === 0) await served.write();
    }
    await served.write();
    return ((await usedByRedis(client)) - before) / REQUESTS;
  } finally {
    client.disconnect();
    redis.close();
    await server.destroy();
  }
}
