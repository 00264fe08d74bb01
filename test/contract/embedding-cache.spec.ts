import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { AppError } from '../../src/common/app-error';
import { sha256Hex } from '../../src/common/hash';
import { dotProduct } from '../../src/common/vector';
import { AppConfig } from '../../src/config/app-config';
import { EmbeddingCacheService } from '../../src/embedding-cache/embedding-cache.service';
import { encodeVector } from '../../src/embedding-cache/vector-codec';
import { Metrics } from '../../src/observability/metrics';
import type { CacheRedis } from '../../src/redis/cache-redis';
import { embeddingKey } from '../../src/redis/redis-keys';
import { startRedis, type TestServer } from '../support/services';
import { FakeEmbeddingModel } from './caches/fake-embedding-model';
import { LogLines } from './caches/log-lines';
import { openCacheRedis, reaches } from './caches/test-redis';

jest.setTimeout(30_000);

/** Longer than the default: the machine may be busy. */
const TIMEOUT_MS = 250;

let server: TestServer;
let model: FakeEmbeddingModel;
let metrics: Metrics;
let redis: CacheRedis;
let cache: EmbeddingCacheService;
let log: LogLines;

/** A process that starts: nothing in memory, the same Redis. */
const open = async (env: Record<string, string> = {}) => {
  const config = AppConfig.parse(env);
  metrics = new Metrics(new Registry());
  redis = await openCacheRedis(config.redisCache.url, { timeoutMs: TIMEOUT_MS, metrics });
  cache = new EmbeddingCacheService(model, redis, config, metrics);
};
const close = async () => {
  await cache.onModuleDestroy();
  redis.close();
};
const onRedis = (env: Record<string, string> = {}) => ({ REDIS_CACHE_URL: server.url, ...env });
const keyOf = (text: string) => embeddingKey(model.name, model.dimensions, sha256Hex(text));
const embedded = () => model.calls.flat();
const count = async (name: string) => {
  const { values } = await metrics.registry.getSingleMetric(name)!.get();
  return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(), value]));
};
const texts = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `text ${from + i}`);

beforeAll(async () => {
  server = await startRedis({ role: 'cache' });
});
afterAll(async () => {
  await server.destroy();
});
beforeEach(async () => {
  log = new LogLines('EmbeddingCache').install();
  await server.start();
  // A name of its own: tests do not find each other's vectors.
  model = new FakeEmbeddingModel(`model-${randomUUID()}`);
});
afterEach(close);

describe.each(['without Redis', 'with Redis'])('embedding cache %s', (tiers) => {
  beforeEach(() => open(tiers === 'with Redis' ? onRedis() : {}));

  it('keeps the order, and embeds no text twice', async () => {
    const asked = ['b', 'a', 'b', 'c', 'a'];
    const vectors = await cache.embedAll(asked);
    expect(vectors).toEqual(asked.map((text) => model.vectorOf(text)));
    expect(embedded().sort()).toEqual(['a', 'b', 'c']);
    expect(await cache.embedAll(['d', 'c'])).toEqual(['d', 'c'].map((text) => model.vectorOf(text)));
    expect(await cache.embedOne('a')).toEqual(model.vectorOf('a'));
    expect(embedded().sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(await cache.embedAll([])).toEqual([]);
  });

  it('asks the model for as much as it takes at once', async () => {
    await cache.embedAll(texts(0, 25));
    expect(model.calls.map((call) => call.length)).toEqual([10, 10, 5]);
  });

  it('embeds a text once for all who ask meanwhile', async () => {
    let release!: () => void;
    model.gate = new Promise<void>((resolve) => (release = resolve));
    const asked = [cache.embedAll(['a', 'b']), cache.embedAll(['b', 'c']), cache.embedOne('a')];
    release();
    const [first, second, third] = await Promise.all(asked);
    expect(first).toEqual([model.vectorOf('a'), model.vectorOf('b')]);
    expect(second).toEqual([model.vectorOf('b'), model.vectorOf('c')]);
    expect(third).toEqual(model.vectorOf('a'));
    expect(embedded().sort()).toEqual(['a', 'b', 'c']);
  });

  it('counts hits and misses, and logs a line for a batch', async () => {
    await cache.embedAll(['a', 'b', 'a']);
    await cache.embedAll(['a', 'b', 'c', 'd']);
    expect(await count('rag_embedding_cache_hits_total')).toEqual({ memory: 2 });
    expect(await count('rag_embedding_cache_misses_total')).toEqual({ '': 4 });
    expect(log.lines).toEqual([
      'INFO 2 texts: 0 hits (memory 0, redis 0), 2 misses, 0 % hits',
      'INFO 4 texts: 2 hits (memory 2, redis 0), 2 misses, 50 % hits',
    ]);
    await cache.settled();
    expect(await cache.stats()).toMatchObject({
      cacheTtlDays: 7,
      hits: 2,
      misses: 4,
      hitRate: 2 / 6,
      bytesPerEmbedding: 76,
    });
  });

  it('tells an empty text from the others', async () => {
    await expect(cache.embedAll(['a', ''])).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(model.calls).toEqual([]);
  });

  it('fails when the model does, and keeps what came before', async () => {
    const failure = new AppError('EMBEDDING_UNAVAILABLE', 'away');
    await cache.embedAll(['a']);
    model.failure = failure;
    await expect(cache.embedAll(['a', 'b'])).rejects.toBe(failure);
    expect(await cache.embedOne('a')).toEqual(model.vectorOf('a'));
    model.failure = null;
    expect(await cache.embedOne('b')).toEqual(model.vectorOf('b'));
  });

  it('lets one who gives up go, and the others have their vectors', async () => {
    let release!: () => void;
    model.gate = new Promise<void>((resolve) => (release = resolve));
    const controller = new AbortController();
    const impatient = cache.embedAll(['a', 'b'], { signal: controller.signal });
    const patient = cache.embedOne('b');
    while (model.calls.length === 0) await new Promise(setImmediate);
    controller.abort(new Error('gave up'));
    await expect(impatient).rejects.toThrow('gave up');
    expect(model.signal?.aborted).toBe(false);
    release();
    expect(await patient).toEqual(model.vectorOf('b'));
    expect(model.calls).toHaveLength(1);
  });

  it('stops the model when nobody waits any more, and starts anew for the next', async () => {
    model.gate = new Promise<void>(() => undefined);
    const controller = new AbortController();
    const given = cache.embedAll(['a'], { signal: controller.signal });
    while (model.calls.length === 0) await new Promise(setImmediate);
    controller.abort(new Error('gave up'));
    await expect(given).rejects.toThrow('gave up');
    expect(model.signal?.aborted).toBe(true);
    model.gate = Promise.resolve();
    expect(await cache.embedOne('a')).toEqual(model.vectorOf('a'));
  });
});

describe('embedding cache memory', () => {
  it('is bounded in bytes', async () => {
    await open({ EMBEDDING_CACHE_MEMORY_BYTES: '3000' });
    await cache.embedAll(texts(0, 100));
    const { totalCachedEmbeddings, redisMemoryUsed } = await cache.stats();
    expect(totalCachedEmbeddings).toBeGreaterThan(5);
    expect(totalCachedEmbeddings).toBeLessThan(3000 / 64);
    expect(redisMemoryUsed).toBeNull();
  });

  it('may be nothing', async () => {
    await open({ EMBEDDING_CACHE_MEMORY_BYTES: '0' });
    expect(await cache.embedAll(['a', 'a'])).toEqual([model.vectorOf('a'), model.vectorOf('a')]);
    await cache.embedAll(['a']);
    expect(embedded()).toEqual(['a', 'a']);
  });
});

describe('embedding cache in Redis', () => {
  const command = (...args: [string, ...(string | Buffer)[]]) =>
    redis.run('test', (client) => client.call(...args), 2_000);

  const mgets = async () => {
    const info = String(await command('INFO', 'commandstats'));
    return Number(/cmdstat_mget:calls=(\d+)/.exec(info)?.[1] ?? 0);
  };

  it('finds everything after a restart, in one round trip', async () => {
    await open(onRedis());
    const vectors = await cache.embedAll(texts(0, 500));
    await close();
    await open(onRedis());
    const before = await mgets();
    expect(await cache.embedAll(texts(0, 500))).toEqual(vectors);
    expect((await mgets()) - before).toBe(1);
    expect(embedded()).toHaveLength(500);
    expect(await count('rag_embedding_cache_hits_total')).toEqual({ redis: 500 });
    expect(await count('rag_embedding_cache_misses_total')).toEqual({ '': 0 });
    expect((await cache.stats()).totalCachedEmbeddings).toBeGreaterThanOrEqual(500);
  });

  it('reads what is large in pieces, behind which small calls do not wait for long', async () => {
    model = new FakeEmbeddingModel(model.name, 4000);
    await open(onRedis());
    await cache.embedAll(texts(0, 300));
    await close();
    await open(onRedis());
    const before = await mgets();
    expect(await cache.embedAll(texts(0, 300))).toHaveLength(300);
    expect((await mgets()) - before).toBe(3);
    expect(embedded()).toHaveLength(300);
  });

  it('names keys as agreed, for seven days, whatever the text', async () => {
    await open(onRedis());
    const text = 'Wie hoch ist die Rückerstattung? 🙂';
    await cache.embedOne(text);
    await cache.settled();
    const key = `embedding:${model.name}:16:${sha256Hex(Buffer.from(text, 'utf8'))}`;
    const ttl = await redis.run('test', (client) => client.ttl(key));
    expect(ttl).toBeGreaterThan(7 * 86_400 - 10);
    expect(ttl).toBeLessThanOrEqual(7 * 86_400);
  });

  it('tells models and dimensions apart', async () => {
    await open(onRedis());
    const [first] = await cache.embedAll(['a']);
    await close();
    model = new FakeEmbeddingModel(model.name, 8);
    await open(onRedis());
    expect(first).toHaveLength(16);
    expect(await cache.embedOne('a')).toHaveLength(8);
  });

  it('reads every encoding whatever the setting, and gives the same vector from every tier', async () => {
    const encodings = ['float32', 'float16', 'int8'] as const;
    for (const encoding of encodings) {
      await open(onRedis({ EMBEDDING_CACHE_ENCODING: encoding }));
      const [computed] = await cache.embedAll([encoding]);
      await close();
      for (const setting of encodings) {
        await open(onRedis({ EMBEDDING_CACHE_ENCODING: setting }));
        const [read] = await cache.embedAll([encoding]);
        expect(read).toEqual(computed);
        expect(dotProduct(read, model.vectorOf(encoding))).toBeGreaterThan(0.999);
        await close();
      }
    }
    expect(embedded()).toEqual([...encodings]);
    await open();
  });

  it.each<[string, (vector: Float32Array) => Buffer]>([
    ['cut', (vector) => encodeVector(vector, 'float32').subarray(0, 40)],
    ['changed', (vector) => Buffer.from(encodeVector(vector, 'float32')).fill(1, 30, 34)],
    ['foreign', () => Buffer.from('{"embedding":[1,2,3]}')],
    ['empty', () => Buffer.alloc(0)],
    ['of other dimensions', () => encodeVector(new FakeEmbeddingModel('m', 8).vectorOf('a'), 'float32')],
  ])('takes a value that is %s for a miss, and replaces it', async (_, valueOf) => {
    await open(onRedis());
    await command('SET', keyOf('a'), valueOf(model.vectorOf('a')));
    await command('SET', keyOf('b'), encodeVector(model.vectorOf('b'), 'float32'));
    expect(await cache.embedAll(['a', 'b'])).toEqual([model.vectorOf('a'), model.vectorOf('b')]);
    expect(embedded()).toEqual(['a']);
    expect(await count('rag_embedding_cache_errors_total')).toEqual({ decode: 1 });
    await close();
    await open(onRedis());
    expect(await cache.embedOne('a')).toEqual(model.vectorOf('a'));
    expect(embedded()).toEqual(['a']);
  });

  it('takes a key of another type for a miss', async () => {
    await open(onRedis());
    await command('RPUSH', keyOf('a'), 'x');
    expect(await cache.embedOne('a')).toEqual(model.vectorOf('a'));
    await cache.settled();
    expect(await redis.run('test', (client) => client.type(keyOf('a')))).toBe('string');
  });

  it('goes on when Redis is killed in the middle, and uses it again afterwards', async () => {
    await open(onRedis());
    let release!: () => void;
    model.gate = new Promise<void>((resolve) => (release = resolve));
    const underWay = cache.embedAll(texts(0, 20));
    while (model.calls.length === 0) await new Promise(setImmediate);
    await server.kill();
    release();
    expect(await underWay).toEqual(texts(0, 20).map((text) => model.vectorOf(text)));
    expect(await cache.embedAll(texts(10, 30))).toEqual(texts(10, 30).map((text) => model.vectorOf(text)));
    expect(embedded()).toHaveLength(30);
    await reaches(redis, 'down');
    expect(await cache.stats()).toMatchObject({ totalCachedEmbeddings: 30, redisMemoryUsed: null });
    await server.start();
    await reaches(redis, 'up');
    await cache.embedAll(texts(30, 40));
    await close();
    await open(onRedis());
    await cache.embedAll(texts(30, 40));
    expect(embedded()).toHaveLength(40);
    expect(log.lines.filter((line) => line.startsWith('ERROR'))).toEqual([]);
  });

  it('goes on while Redis is read-only, and writes again afterwards', async () => {
    await open(onRedis());
    await cache.embedAll(texts(0, 10));
    await cache.settled();
    await command('REPLICAOF', '127.0.0.1', '1');
    expect(await cache.embedAll(texts(10, 20))).toEqual(texts(10, 20).map((text) => model.vectorOf(text)));
    await cache.settled();
    expect(await count('rag_embedding_cache_errors_total')).toEqual({ claim: 1, set: 1 });
    await command('REPLICAOF', 'NO', 'ONE');
    await reaches(redis, 'up');
    await cache.embedAll(texts(20, 30));
    await close();
    await open(onRedis());
    await cache.embedAll([...texts(0, 10), ...texts(20, 30)]);
    expect(embedded()).toHaveLength(30);
  });

  it.each(['noeviction', 'allkeys-lru', 'allkeys-random', 'volatile-ttl', 'volatile-lfu'])(
    'goes on while Redis is full (%s)',
    async (policy) => {
      await open(onRedis());
      await command('FLUSHALL');
      const used = Number(/used_memory:(\d+)/.exec(String(await command('INFO', 'memory')))![1]);
      await command('CONFIG', 'SET', 'maxmemory-policy', policy, 'maxmemory', String(used + 100_000));
      try {
        const asked = texts(0, 2_000);
        for (let i = 0; i < asked.length; i += 100) {
          const batch = asked.slice(i, i + 100);
          expect(await cache.embedAll(batch)).toEqual(batch.map((text) => model.vectorOf(text)));
          await cache.settled();
        }
      } finally {
        await command('CONFIG', 'SET', 'maxmemory', '0');
      }
      expect(embedded()).toHaveLength(2_000);
      await reaches(redis, 'up');
      await cache.embedOne('later');
      await close();
      await open(onRedis());
      await cache.embedOne('later');
      expect(embedded()).toHaveLength(2_001);
    },
  );

  it('goes on while Redis is frozen', async () => {
    await open(onRedis());
    server.freeze();
    for (let i = 20; i < 40; i++)
      expect(await cache.embedOne(`text ${i}`)).toEqual(model.vectorOf(`text ${i}`));
    server.thaw();
    await reaches(redis, 'up');
    expect(log.lines.filter((line) => line.startsWith('WARN') && line.includes('(get'))).toHaveLength(1);
  });

  it('counts embeddings among other keys, few or many', async () => {
    await open(onRedis());
    await command('FLUSHALL');
    await cache.embedAll(texts(0, 50));
    await cache.settled();
    await command('SET', 'other', '1');
    const { totalCachedEmbeddings, redisMemoryUsed } = await cache.stats();
    expect(totalCachedEmbeddings).toBe(50);
    expect(redisMemoryUsed).toBeGreaterThan(100_000);
    await command('EVAL', `for i = 1, 15000 do redis.call('SET', 'embedding:m:1:' .. i, 'x') end`, '0');
    await command('EVAL', `for i = 1, 15000 do redis.call('SET', 'other:' .. i, 'x') end`, '0');
    const projected = (await cache.stats()).totalCachedEmbeddings;
    expect(projected).toBeGreaterThan(15_050 * 0.85);
    expect(projected).toBeLessThan(15_050 * 1.15);
    await command('FLUSHALL');
    expect((await cache.stats()).totalCachedEmbeddings).toBe(0);
  });
});
