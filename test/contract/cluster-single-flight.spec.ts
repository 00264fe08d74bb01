import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/common/clock';
import { systemClock } from '../../src/common/clock';
import type { CacheRedis } from '../../src/redis/cache-redis';
import { ClusterSingleFlight } from '../../src/redis/cluster-single-flight';
import { MemorySharedValues } from '../../src/redis/drivers/memory-shared-values';
import { RedisSharedValues } from '../../src/redis/drivers/redis-shared-values';
import { cacheUnavailable } from '../../src/redis/redis-failure';
import { tenantKey } from '../../src/redis/redis-keys';
import type { SharedValues } from '../../src/redis/shared-values';
import { serviceUrls } from '../support/services';
import { openCacheRedis } from './caches/test-redis';

let redis: CacheRedis;
beforeAll(async () => {
  redis = await openCacheRedis((await serviceUrls()).redisCacheUrl);
});
afterAll(() => redis.close());

const clock: Clock = systemClock;
const nothing = () => Promise.resolve(null);

describe.each<[string, () => SharedValues]>([
  ['memory', () => new MemorySharedValues(clock)],
  ['redis', () => new RedisSharedValues(redis)],
])('single flight across processes on %s', (_name, open) => {
  let values: SharedValues;
  let key: string;
  /** Each stands for a process. */
  const aProcess = () => new ClusterSingleFlight<string>(values, () => setImmediate());

  beforeEach(() => {
    values = open();
    key = tenantKey(randomUUID(), 'flight');
  });

  it('makes a thing once, and hands it to all that ask meanwhile', async () => {
    let made = 0;
    let finish = () => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const make = async () => {
      made++;
      await finished;
      return 'it';
    };
    const asked = Array.from({ length: 20 }, () => aProcess().run(key, { look: nothing, make }));
    while (made === 0) await setImmediate();
    finish();
    const flights = await Promise.all(asked);
    expect(made).toBe(1);
    expect(flights.map(({ value }) => value)).toEqual(Array(20).fill('it'));
    expect(flights.filter(({ leader }) => leader)).toHaveLength(1);
  });

  it('takes what was made just before', async () => {
    const make = () => Promise.reject(new Error('not to be made'));
    const look = () => Promise.resolve('earlier');
    expect(await aProcess().run(key, { look, make })).toEqual({ value: 'earlier', leader: true });
  });

  it('makes it anew for who comes later', async () => {
    const run = (value: string) => aProcess().run(key, { look: nothing, make: () => Promise.resolve(value) });
    expect((await run('a')).value).toBe('a');
    expect((await run('b')).value).toBe('b');
  });

  it('lets a follower take over from a leader that fails', async () => {
    let fail: (error: Error) => void = () => {};
    const failing = aProcess().run(key, {
      look: nothing,
      make: () => new Promise<string>((_resolve, reject) => (fail = reject)),
    });
    while ((await values.get([key]))[0] === null) await setImmediate();
    const following = aProcess().run(key, { look: nothing, make: () => Promise.resolve('second') });
    await setImmediate();
    fail(new Error('its own'));
    await expect(failing).rejects.toThrow('its own');
    expect(await following).toEqual({ value: 'second', leader: true });
  });

  it('lets a follower take over from a leader that died', async () => {
    // As it would stand shortly before its lease ends.
    await values.claim(key, 'the dead', 100);
    const flight = await aProcess().run(key, { look: nothing, make: () => Promise.resolve('mine') });
    expect(flight).toEqual({ value: 'mine', leader: true });
  });

  it('tells when a thing has landed', async () => {
    await values.claim(key, 'a leader', 100);
    await aProcess().landed(key);
    expect(await values.get([key])).toEqual([null]);
  });
});

describe('single flight across processes without the server', () => {
  it('makes the thing', async () => {
    const fail = () => Promise.reject(cacheUnavailable('test', 'unavailable'));
    const values = {
      get: fail,
      set: fail,
      append: fail,
      readLogs: fail,
      claim: fail,
      extend: fail,
      release: fail,
      enter: fail,
      leave: fail,
    };
    const flights = new ClusterSingleFlight<string>(values);
    expect(await flights.run('k', { look: nothing, make: () => Promise.resolve('mine') })).toEqual({
      value: 'mine',
      leader: true,
    });
    await flights.landed('k');
  });
});
