import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../../src/common/clock';
import type { CacheRedis } from '../../src/redis/cache-redis';
import { AvailableTokenBuckets } from '../../src/redis/drivers/available-token-buckets';
import { MemoryTokenBuckets } from '../../src/redis/drivers/memory-token-buckets';
import { RedisTokenBuckets } from '../../src/redis/drivers/redis-token-buckets';
import { serviceUrls, startRedis, type TestServer } from '../support/services';
import { MovableClock } from './caches/movable-clock';
import { openCacheRedis, reaches } from './caches/test-redis';
import { describeTokenBuckets } from './token-buckets.contract';

jest.setTimeout(60_000);

let redis: CacheRedis;
beforeAll(async () => {
  redis = await openCacheRedis((await serviceUrls()).redisCacheUrl);
});
afterAll(() => redis?.close());

describeTokenBuckets('memory', () => {
  const clock = new MovableClock();
  return {
    buckets: new MemoryTokenBuckets(clock),
    pass: async (ms) => clock.advanceSeconds(ms / 1000),
  };
});

// The server has a clock of its own: these milliseconds really pass.
describeTokenBuckets('redis', () => ({
  buckets: new RedisTokenBuckets(redis),
  pass: (ms) => setTimeout(ms),
}));

it('are shared by all processes', async () => {
  const other = await openCacheRedis((await serviceUrls()).redisCacheUrl);
  const draw = { key: `{test-buckets:${Math.random()}}:requests`, capacity: 60, amount: 60 };
  expect(await new RedisTokenBuckets(redis).draw([draw], 0)).toMatchObject({ drawn: true });
  expect(await new RedisTokenBuckets(other).draw([draw], 0)).toMatchObject({ drawn: false });
  other.close();
});

describe('while Redis is away', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startRedis({ role: 'cache' });
  });
  afterAll(() => server?.destroy());

  it('each process goes by its own buckets', async () => {
    const own = await openCacheRedis(server.url, { timeoutMs: 200 });
    const memory = new MemoryTokenBuckets(systemClock);
    let fallbacks = 0;
    const buckets = new AvailableTokenBuckets(new RedisTokenBuckets(own), memory, () => fallbacks++);
    const draw = { key: '{test-buckets}:requests', capacity: 60, amount: 60 };
    expect(await buckets.draw([draw], 0)).toMatchObject({ drawn: true });
    expect(fallbacks).toBe(0);
    await server.stop();
    await reaches(own, 'down');
    expect(await buckets.draw([draw], 0)).toMatchObject({ drawn: true });
    expect(await buckets.draw([draw], 0)).toMatchObject({ drawn: false });
    expect(fallbacks).toBe(2);
    await buckets.giveBack(draw.key, 60);
    expect(await buckets.draw([draw], 0)).toMatchObject({ drawn: true });
    own.close();
  });
});
