import { randomUUID } from 'node:crypto';
import slotOf from 'cluster-key-slot';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { AppError } from '../../src/common/app-error';
import { sha256Hex } from '../../src/common/hash';
import { AppConfig } from '../../src/config/app-config';
import { EmbeddingCacheService } from '../../src/embedding-cache/embedding-cache.service';
import { Metrics } from '../../src/observability/metrics';
import type { CacheRedis } from '../../src/redis/cache-redis';
import { embeddingKey, embeddingLeaseKey } from '../../src/redis/redis-keys';
import { eventually } from '../support/evergreen';
import { startRedis, startRedisCluster, type TestCluster } from '../support/services';
import { FakeEmbeddingModel } from './caches/fake-embedding-model';
import { LogLines } from './caches/log-lines';
import { openCacheRedis } from './caches/test-redis';

jest.setTimeout(60_000);

/** What stands for a process: its own connection, memory and model. */
interface Process {
  cache: EmbeddingCacheService;
  model: FakeEmbeddingModel;
  redis: CacheRedis;
}

const texts = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `text ${from + i}`);

describe.each(['one server', 'a cluster'])('embedding cache of several processes on %s', (kind) => {
  let url: string;
  let nodeUrls: string[];
  let destroy: () => Promise<void>;
  let modelName: string;
  const processes: Process[] = [];

  const open = async (env: Record<string, string> = {}): Promise<Process> => {
    const config = AppConfig.parse({ REDIS_CACHE_URL: url, ...env });
    const metrics = new Metrics(new Registry());
    const redis = await openCacheRedis(url, { metrics });
    const model = new FakeEmbeddingModel(modelName);
    const process = { cache: new EmbeddingCacheService(model, redis, config, metrics), model, redis };
    processes.push(process);
    return process;
  };
  const embedded = () => processes.flatMap(({ model }) => model.calls.flat());
  const vectorsOf = (asked: readonly string[]) => asked.map((text) => processes[0].model.vectorOf(text));
  const keyOf = (text: string) => embeddingKey(modelName, 16, sha256Hex(text));
  const asked = async ({ model }: Process) => {
    while (model.calls.length === 0) await new Promise(setImmediate);
  };
  const held = (process: Process) => {
    let release!: () => void;
    process.model.gate = new Promise<void>((resolve) => (release = resolve));
    return release;
  };
  /** The sum over all servers of a number that INFO tells. */
  const info = async (section: string, pattern: RegExp) => {
    const numbers = await Promise.all(
      nodeUrls.map(async (nodeUrl) => {
        const client = new Redis(nodeUrl);
        const text = await client.info(section);
        client.disconnect();
        return Number(pattern.exec(text)?.[1] ?? 0);
      }),
    );
    return numbers.reduce((sum, number) => sum + number, 0);
  };
  const keysCalls = () => info('commandstats', /^cmdstat_keys:calls=(\d+)/m);
  /** How often the servers read from a connection: a pipeline of small commands is read at once. */
  const reads = () => info('stats', /^total_reads_processed:(\d+)/m);

  beforeAll(async () => {
    if (kind === 'a cluster') {
      const cluster = await startRedisCluster();
      url = cluster.url;
      nodeUrls = cluster.nodes.map((node) => node.url);
      destroy = () => cluster.destroy();
    } else {
      const server = await startRedis({ role: 'cache' });
      url = server.url;
      nodeUrls = [url];
      destroy = () => server.destroy();
    }
  });
  afterAll(() => destroy());
  beforeEach(() => {
    new LogLines('EmbeddingCache').install();
    modelName = `model-${randomUUID()}`;
    processes.length = 0;
  });
  afterEach(async () => {
    for (const { cache, redis } of processes) {
      await cache.onModuleDestroy();
      redis.close();
    }
  });

  it('finds everything after a restart', async () => {
    const vectors = await (await open()).cache.embedAll(texts(0, 300));
    await processes[0].cache.settled();
    const second = await open();
    expect(await second.cache.embedAll(texts(0, 300))).toEqual(vectors);
    expect(second.model.calls).toEqual([]);
  });

  it('embeds a text once, whichever processes miss it together', async () => {
    const [a, b] = [await open(), await open()];
    const release = [held(a), held(b)];
    const both = [a.cache.embedAll(texts(0, 100)), b.cache.embedAll(texts(50, 150))];
    await Promise.all([asked(a), asked(b)]);
    for (const go of release) go();
    expect(await Promise.all(both)).toEqual([vectorsOf(texts(0, 100)), vectorsOf(texts(50, 150))]);
    expect(embedded().sort()).toEqual(texts(0, 150).sort());
    // The texts of both were divided between them.
    expect(a.model.calls.length).toBeGreaterThan(0);
    expect(b.model.calls.length).toBeGreaterThan(5);
  });

  it('does not find what it waits for by asking the model', async () => {
    const [a, b] = [await open(), await open()];
    const release = held(a);
    const first = a.cache.embedOne('a');
    await asked(a);
    const second = b.cache.embedOne('a');
    release();
    expect(await second).toEqual(await first);
    expect(b.model.calls).toEqual([]);
    expect(await b.cache.stats()).toMatchObject({ hits: 1, misses: 0 });
  });

  it('goes on when the process that was embedding fails, gives up or dies', async () => {
    const [a, b] = [await open(), await open()];
    const release = held(a);
    a.model.failure = new AppError('EMBEDDING_UNAVAILABLE', 'away');
    const failing = a.cache.embedOne('a');
    await asked(a);
    const second = b.cache.embedOne('a');
    release();
    await expect(failing).rejects.toThrow('away');
    expect(await second).toEqual(b.model.vectorOf('a'));

    // As it would stand shortly before the lease of a dead process ends.
    await b.redis.run('test', (client) => client.set(embeddingLeaseKey(keyOf('b')), '', 'PX', 100));
    expect(await b.cache.embedOne('b')).toEqual(b.model.vectorOf('b'));
    expect(b.model.calls).toEqual([['a'], ['b']]);
  });

  it('leaves no lease behind', async () => {
    const { cache, redis } = await open();
    await cache.embedAll(texts(0, 20));
    await cache.settled();
    const left = await Promise.all(
      texts(0, 20).map((text) =>
        redis.run('test', (client) => client.exists(embeddingLeaseKey(keyOf(text)))),
      ),
    );
    expect(left).toEqual(Array(20).fill(0));
  });

  it('lets found embeddings live longer only if it is told to', async () => {
    const age = async ({ redis }: Process) => {
      await redis.run('test', (client) => client.expire(keyOf('a'), 60));
      const reader = await open(
        redis === processes[0].redis ? {} : { EMBEDDING_CACHE_REFRESH_ON_USE: 'true' },
      );
      await reader.cache.embedOne('a');
      await reader.cache.settled();
      return redis.run('test', (client) => client.ttl(keyOf('a')));
    };
    const first = await open();
    await first.cache.embedOne('a');
    await first.cache.settled();
    expect(await age(first)).toBeLessThanOrEqual(60);
    expect(await age(processes[1])).toBeGreaterThan(7 * 86_400 - 10);
  });

  it('forgets one model, without KEYS', async () => {
    const first = await open();
    await first.cache.embedAll(texts(0, 30));
    await first.cache.settled();
    const other = `${modelName}:8b`;
    const own = modelName;
    modelName = other;
    const second = await open();
    await second.cache.embedAll(texts(0, 5));
    await second.cache.settled();
    const before = await keysCalls();
    expect(await first.cache.purge(own)).toBe(30);
    expect(await first.cache.purge(own)).toBe(0);
    expect(await keysCalls()).toBe(before);
    await first.cache.embedOne('text 0');
    expect(first.model.calls.flat()).toHaveLength(31);
    expect(await second.cache.purge(other)).toBe(5);
    expect(await second.cache.purge('model-*')).toBe(0);
  });

  it('asks each server once for a batch', async () => {
    const first = await open();
    await first.cache.embedAll(texts(0, 200));
    await first.cache.settled();
    const second = await open();
    const looks = 2;
    const before = await reads();
    const idle = (await reads()) - before;
    await second.cache.embedAll(texts(0, 200));
    const batch = (await reads()) - before - looks * idle;
    expect(batch).toBeGreaterThanOrEqual(nodeUrls.length);
    expect(batch).toBeLessThan(10 * nodeUrls.length);
  });
});

describe('embedding cache on a cluster that changes', () => {
  let cluster: TestCluster;
  let redis: CacheRedis;
  let model: FakeEmbeddingModel;
  const asked = texts(0, 200);

  /** A process that starts: nothing in memory. */
  const open = async () => {
    redis?.close();
    const metrics = new Metrics(new Registry());
    redis = await openCacheRedis(cluster.url, { metrics, timeoutMs: 500 });
    return new EmbeddingCacheService(
      model,
      redis,
      AppConfig.parse({ REDIS_CACHE_URL: cluster.url }),
      metrics,
    );
  };

  beforeEach(async () => {
    new LogLines('EmbeddingCache').install();
    cluster = await startRedisCluster();
    model = new FakeEmbeddingModel(`model-${randomUUID()}`);
    const cache = await open();
    await cache.embedAll(asked);
    await cache.settled();
    model.calls.length = 0;
  });
  afterEach(async () => {
    redis.close();
    await cluster.destroy();
  });

  it('goes on when a node dies, and finds again what the others hold', async () => {
    const cache = await open();
    await cluster.nodes[1].kill();
    const expected = asked.map((text) => model.vectorOf(text));
    expect(await cache.embedAll(asked)).toEqual(expected);
    await cache.settled();
    await cluster.nodes[1].start();
    const found = async () => {
      const reopened = await open();
      model.calls.length = 0;
      expect(await reopened.embedAll(asked)).toEqual(expected);
      await reopened.settled();
      return model.calls.length === 0 ? true : undefined;
    };
    await eventually(found, 'all to be found in the cluster again');
  });

  it('follows slots to another node', async () => {
    const cache = await open();
    await cache.embedOne('connects to all nodes');
    const [from, to] = cluster.nodes.slice(0, 2).map(({ url }) => new Redis(url));
    const id = await to.cluster('MYID');
    const moved = [
      ...new Set(asked.map((text) => embeddingKey(model.name, 16, sha256Hex(text))).map(slotOf)),
    ];
    for (const slot of moved.filter((slot) => slot < 5_461)) {
      const keys = await from.cluster('GETKEYSINSLOT', slot, 100);
      await to.cluster('SETSLOT', slot, 'IMPORTING', await from.cluster('MYID'));
      await from.cluster('SETSLOT', slot, 'MIGRATING', id);
      for (const key of keys) await from.migrate('127.0.0.1', cluster.nodes[1].port, key, 0, 5_000);
      for (const node of [to, from]) await node.cluster('SETSLOT', slot, 'NODE', id);
    }
    for (const client of [from, to]) client.disconnect();
    const found = async () => {
      model.calls.length = 0;
      await new EmbeddingCacheService(
        model,
        redis,
        AppConfig.parse({ REDIS_CACHE_URL: cluster.url }),
        new Metrics(new Registry()),
      ).embedAll(asked);
      return model.calls.length === 0 ? true : undefined;
    };
    await eventually(found, 'all to be found where they are now');
  });
});
