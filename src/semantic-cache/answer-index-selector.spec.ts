import { Logger } from '@nestjs/common';
import { ConfigError } from '../config/app-config';
import type { CacheRedis, CacheRedisState } from '../redis/cache-redis';
import { cacheUnavailable } from '../redis/redis-failure';
import type { RedisClient } from '../redis/redis-client';
import { AnswerIndexSelector } from './answer-index-selector';

const SEARCH = ['FT.SEARCH'];
const VECTOR_SETS = ['VADD'];
const ALL = [...SEARCH, ...VECTOR_SETS];
const NOTHING: string[] = [];

/** A server that says which commands it knows, while it is up. */
class FakeRedis implements Pick<CacheRedis, 'configured' | 'run' | 'onStateChange'> {
  private listener: (state: CacheRedisState) => void = () => undefined;

  constructor(
    readonly configured: boolean,
    public up: boolean,
    public commands: string[],
    readonly database = 0,
  ) {}

  async run<T>(operation: string, call: (client: RedisClient) => Promise<T>): Promise<T> {
    if (!this.up) throw cacheUnavailable(operation, 'unavailable');
    const infoOf = (command: string) =>
      this.commands.includes(command) ? [command.toLowerCase(), -1] : null;
    const client = {
      options: { db: this.database },
      call: (_command: string, _info: string, ...commands: string[]) => Promise.resolve(commands.map(infoOf)),
    };
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
  new AnswerIndexSelector(
    { index, memoryEntries: 10, hnsw: { m: 16, efConstruction: 100, efRuntime: 50 } },
    redis,
    {
      nowMs: () => 0,
    },
  );

describe('AnswerIndexSelector', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it.each<[Setting, FakeRedis, string]>([
    ['memory', new FakeRedis(true, true, ALL), 'memory'],
    ['auto', new FakeRedis(false, false, NOTHING), 'memory'],
    ['auto', new FakeRedis(true, true, ALL), 'search'],
    ['auto', new FakeRedis(true, true, ALL, 3), 'vector-set'],
    ['auto', new FakeRedis(true, true, SEARCH), 'search'],
    ['auto', new FakeRedis(true, true, SEARCH, 3), 'memory'],
    ['auto', new FakeRedis(true, true, VECTOR_SETS), 'vector-set'],
    ['auto', new FakeRedis(true, true, NOTHING), 'memory'],
    ['search', new FakeRedis(true, true, ALL), 'search'],
    ['search', new FakeRedis(true, false, ALL), 'search'],
    ['vector-set', new FakeRedis(true, true, ALL), 'vector-set'],
    ['vector-set', new FakeRedis(true, false, VECTOR_SETS), 'vector-set'],
  ])('with %s, given %j, takes %s', async (setting, redis, expected) => {
    const selector = selectorOf(setting, redis);
    await selector.start();
    expect(selector.current().kind).toBe(expected);
  });

  it.each<[Setting, FakeRedis]>([
    ['vector-set', new FakeRedis(true, true, SEARCH)],
    ['search', new FakeRedis(true, true, VECTOR_SETS)],
    ['search', new FakeRedis(true, true, ALL, 3)],
  ])('refuses to start if %s is demanded of a server without', async (setting, redis) => {
    await expect(selectorOf(setting, redis).start()).rejects.toThrow(ConfigError);
  });

  it('has no index until the server answers, and then the one it can do', async () => {
    const redis = new FakeRedis(true, false, VECTOR_SETS);
    const selector = selectorOf('auto', redis);
    await selector.start();
    expect(() => selector.current()).toThrow(expect.objectContaining({ code: 'CACHE_UNAVAILABLE' }));
    await redis.comesUp();
    expect(selector.current().kind).toBe('vector-set');
  });

  it('asks again when it is needed and the server did not answer the first time', async () => {
    const redis = new FakeRedis(true, false, VECTOR_SETS);
    const selector = selectorOf('auto', redis);
    await selector.start();
    redis.up = true;
    expect(() => selector.current()).toThrow();
    await new Promise(setImmediate);
    expect(selector.current().kind).toBe('vector-set');
  });

  it('looks again at a server that comes back: it may be another', async () => {
    const redis = new FakeRedis(true, true, NOTHING);
    const selector = selectorOf('auto', redis);
    await selector.start();
    redis.commands = VECTOR_SETS;
    await redis.comesUp();
    expect(selector.current().kind).toBe('vector-set');
  });
});
