import { setTimeout } from 'node:timers/promises';
import type { CacheRedis } from '../../src/redis/cache-redis';
import { MemorySharedValues } from '../../src/redis/drivers/memory-shared-values';
import { RedisSharedValues } from '../../src/redis/drivers/redis-shared-values';
import { serviceUrls, startRedisCluster, type TestCluster } from '../support/services';
import { MovableClock } from './caches/movable-clock';
import { openCacheRedis } from './caches/test-redis';
import { describeSharedValues } from './shared-values.contract';

jest.setTimeout(60_000);

let redis: CacheRedis;
let cluster: TestCluster;
let clusterRedis: CacheRedis;

beforeAll(async () => {
  cluster = await startRedisCluster();
  clusterRedis = await openCacheRedis(cluster.url);
  redis = await openCacheRedis((await serviceUrls()).redisCacheUrl);
});
afterAll(async () => {
  redis?.close();
  clusterRedis?.close();
  await cluster?.destroy();
});

describeSharedValues('memory', async () => {
  const clock = new MovableClock();
  return {
    values: new MemorySharedValues(clock),
    pass: async (ms) => clock.advanceSeconds(ms / 1000),
  };
});

// The server has a clock of its own: these milliseconds really pass.
describeSharedValues('redis', async () => ({
  values: new RedisSharedValues(redis),
  pass: (ms) => setTimeout(ms),
}));

describeSharedValues('redis cluster', async () => ({
  values: new RedisSharedValues(clusterRedis),
  pass: (ms) => setTimeout(ms),
}));
