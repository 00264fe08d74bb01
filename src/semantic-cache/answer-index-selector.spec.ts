import { Logger } from '@nestjs/common';
import { ConfigError } from '../config/app-config';
import type { CacheRedis, CacheRedisState } from '../redis/cache-redis';
import { cacheUnavailable } from '../redis/redis-failure';
import type { RedisClient } from '../redis/redis-client';
import { AnswerIndexSelector } from './answer-index-selector';

/** A server that says which commands it knows, while it is up. */
class FakeRedis implements Pick<CacheRedis, 'configured' | 'run' | 'onStateChange'> {
  private listener: (state: CacheRedisState) => void = () => undefined;

  constructor(
    readonly configured: boolean,
    public up: boolean,
    public vectorSets: boolean,
  ) {}

  async run<T>(operation: string, call: (client: RedisClient) => Promise<T>): Promise<T> {
    if (!this.up) throw cacheUnavailable(operation, 'unavailable');
    const client = { call: () => Promise.resolve([this.vectorSets ? ['vadd', -1] : null]) };
    return call(client as unknown as RedisClient);
  }

  onStateChange(listener: (state: CacheRedisState) => void): void {
    this.listener = listener;
  }

  async comesUp(): Promise<void> {
    this.up = true;
    this.listener('up');
    await new Promise(setImmediate);
  }
}

type Setting = 'auto' | 'search' | 'vector-set' | 'memory';
const selectorOf = (index: Setting, redis: FakeRedis) =>
  new AnswerIndexSelector({ index, memoryEntries: 10 }, redis, {
    nowMs: () => 0,
  });

describe('AnswerIndexSelector', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it.each<[Setting, FakeRedis, string]>([
    ['memory', new FakeRedis(true, true, true), 'memory'],
    ['auto', new FakeRedis(false, false, false), 'memory'],
    ['auto', new FakeRedis(true, true, true), 'vector-set'],
    ['auto', new FakeRedis(true, true, false), 'memory'],
    ['vector-set', new FakeRedis(true, true, true), 'vector-set'],
    ['vector-set', new FakeRedis(true, false, true), 'vector-set'],
  ])('with %s, given %j, takes %s', async (setting, redis, expected) => {
    const selector = selectorOf(setting, redis);
    await selector.start();
    expect(selector.current().kind).toBe(expected);
  });

  it.each<[Setting]>([['vector-set'], ['search']])(
    'refuses to start if %s is demanded of a server without',
    async (setting) => {
      await expect(selectorOf(setting, new FakeRedis(true, true, false)).start()).rejects.toThrow(
        ConfigError,
      );
    },
  );

  it('has no index until the server answers, and then the one it can do', async () => {
    const redis = new FakeRedis(true, false, true);
    const selector = selectorOf('auto', redis);
    await selector.start();
    expect(() => selector.current()).toThrow(expect.objectContaining({ code: 'CACHE_UNAVAILABLE' }));
    await redis.comesUp();
    expect(selector.current().kind).toBe('vector-set');
  });

  it('asks again when it is needed and the server did not answer the first time', async () => {
    const redis = new FakeRedis(true, false, true);
    const selector = selectorOf('auto', redis);
    await selector.start();
    redis.up = true;
    expect(() => selector.current()).toThrow();
    await new Promise(setImmediate);
    expect(selector.current().kind).toBe('vector-set');
  });

  it('looks again at a server that comes back: it may be another', async () => {
    const redis = new FakeRedis(true, true, false);
    const selector = selectorOf('auto', redis);
    await selector.start();
    redis.vectorSets = true;
    await redis.comesUp();
    expect(selector.current().kind).toBe('vector-set');
  });
});
