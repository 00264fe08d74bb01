import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { AppConfig } from '../../src/config/app-config';
import { Metrics } from '../../src/observability/metrics';
import type { CacheRedis } from '../../src/redis/cache-redis';
import { AnswerIndexSelector } from '../../src/semantic-cache/answer-index-selector';
import type { CacheScope } from '../../src/semantic-cache/cache-scope';
import { EntryGauge } from '../../src/semantic-cache/entry-gauge';
import { type AnswerDraft, SemanticCacheService } from '../../src/semantic-cache/semantic-cache.service';
import { startRedis, type TestServer } from '../support/services';
import { AnswerEntries, atSimilarity, axis } from './caches/answer-entries';
import { LogLines } from './caches/log-lines';
import { MovableClock } from './caches/movable-clock';
import { openCacheRedis, reaches } from './caches/test-redis';

jest.setTimeout(30_000);

/** Longer than the default: the machine may be busy. */
const TIMEOUT_MS = 250;

const DAY_MS = 86_400_000;
let clock: MovableClock;
let entries: AnswerEntries;
let scope: CacheScope;
let metrics: Metrics;
let redis: CacheRedis;
let cache: SemanticCacheService;
let server: TestServer;
let log: LogLines;

const open = async (env: Record<string, string>) => {
  const config = AppConfig.parse(env);
  metrics = new Metrics(new Registry());
  redis = await openCacheRedis(config.redisCache.url, { timeoutMs: TIMEOUT_MS, metrics });
  const selector = new AnswerIndexSelector(config.semanticCache, redis, clock);
  await selector.start();
  cache = new SemanticCacheService(selector, config, metrics, clock);
};
const draftOf = (question: string, changes: Partial<AnswerDraft> = {}): AnswerDraft => {
  const { response, citations, fingerprint, evidence, epoch, documentIds, usage } = entries.of(question);
  const made = { vector: axis(0), response, citations, fingerprint, evidence, epoch, documentIds, usage };
  return { question, ...made, scope, freshestSourceMs: clock.nowMs() - 40 * DAY_MS, ...changes };
};

beforeAll(async () => {
  server = await startRedis({ role: 'cache' });
});
afterAll(async () => {
  await server.destroy();
});
beforeEach(async () => {
  log = new LogLines(SemanticCacheService.name).install();
  await server.start();
  clock = new MovableClock();
  entries = new AnswerEntries(clock);
  scope = { ...entries.scope, principals: ['user:1', 'group:hr'], retrieval: 'trust' };
});
afterEach(() => redis.close());

describe.each(['memory', 'vector-set'])('semantic cache on %s', (index) => {
  beforeEach(async () => {
    await open(index === 'memory' ? {} : { REDIS_CACHE_URL: server.url, SEMANTIC_CACHE_INDEX: index });
  });

  it('finds an answer by its question however it is spelt, and in its scope only', async () => {
    expect(await cache.exact(scope, 'What is the refund period?')).toEqual({ hit: false, reason: 'absent' });
    expect(await cache.store(draftOf('What is the refund period?'))).toBe(86_400);
    const found = await cache.exact(scope, '  Please, what is the refund period ');
    expect(found).toMatchObject({
      hit: true,
      entry: {
        question: 'What is the refund period?',
        tenantId: entries.tenantId,
        collectionId: entries.collectionId,
        createdAtMs: clock.nowMs(),
        ttlSeconds: 86_400,
      },
    });
    for (const other of [
      { ...scope, topK: 6 },
      { ...scope, principals: ['user:2'] },
      { ...scope, tenantId: randomUUID() },
    ])
      expect((await cache.exact(other, 'What is the refund period?')).hit).toBe(false);
  });

  it('finds near questions above a similarity', async () => {
    await cache.store(draftOf('near', { vector: atSimilarity(0.85) }));
    await cache.store(draftOf('far', { vector: atSimilarity(0.6) }));
    const found = await cache.nearest(scope, axis(0), 5, 0.7);
    expect(found.map(({ entry }) => entry.question)).toEqual(['near']);
    expect(await cache.nearest({ ...scope, promptVersion: '2' }, axis(0), 5, 0.7)).toEqual([]);
  });

  it('lets answers from fresh sources expire soon', async () => {
    expect(await cache.store(draftOf('q', { freshestSourceMs: clock.nowMs() - DAY_MS }))).toBe(600);
    clock.advanceSeconds(599);
    expect((await cache.exact(scope, 'q')).hit).toBe(true);
    clock.advanceSeconds(1);
    expect((await cache.exact(scope, 'q')).hit).toBe(false);
  });

  it('keeps no answer that cites nothing', async () => {
    expect(await cache.store(draftOf('q', { citations: [] }))).toBeNull();
    expect((await cache.exact(scope, 'q')).hit).toBe(false);
  });

  it('moves epochs, drops what is stale and counts it', async () => {
    await cache.store(draftOf('q', { epoch: '7' }));
    const found = await cache.exact(scope, 'q');
    if (!found.hit) throw new Error('not found');
    expect(await cache.advance(found.entry, '8', found.entry.citations)).toBe(true);
    expect(await cache.advance(found.entry, '9', found.entry.citations)).toBe(false);
    expect(await cache.exact(scope, 'q')).toMatchObject({ hit: true, entry: { epoch: '8' } });
    await cache.drop(found.entry, 'context_changed');
    expect((await cache.exact(scope, 'q')).hit).toBe(false);
    expect((await metrics.stalePrevented.get()).values).toEqual([
      { labels: { reason: 'context_changed' }, value: 1 },
    ]);
  });

  it('purges by document, by collection and all, and counts it', async () => {
    for (const question of ['a', 'b', 'c']) await cache.store(draftOf(question));
    const other = randomUUID();
    await cache.store(draftOf('d', { documentIds: [other] }));
    await cache.store(draftOf('e', { scope: { ...scope, collectionId: other } }));
    expect(await cache.purgeDocument(entries.tenantId, other, 'document_deleted')).toBe(1);
    expect(await cache.purgeCollection(entries.tenantId, entries.collectionId, 'admin')).toBe(3);
    expect(await cache.purgeAll(entries.tenantId, 'admin')).toBe(1);
    expect((await metrics.cacheInvalidations.get()).values).toEqual([
      { labels: { cause: 'document_deleted' }, value: 1 },
      { labels: { cause: 'admin' }, value: 4 },
    ]);
  });

  it('tells a tenant what it has, and Prometheus what all have', async () => {
    await cache.exact(scope, 'a');
    await cache.store(draftOf('a'));
    cache.recordMiss(entries.tenantId);
    cache.recordHit(entries.tenantId, 'exact', { tokens: 17, usd: 0.5 });
    expect(await cache.stats(entries.tenantId)).toEqual({
      index,
      entries: 1,
      bytes: expect.any(Number),
      errorBudget: 0.01,
      hits: { exact: 1, semantic: 0 },
      misses: 1,
      savedTokens: 17,
      savedUsd: 0.5,
    });
    expect(await cache.stats(randomUUID())).toMatchObject({ entries: 0, misses: 0 });
    await new EntryGauge(cache, metrics).count();
    expect((await metrics.cacheEntries.get()).values[0].value).toBe(1);
  });
});

describe('semantic cache without its Redis', () => {
  /** Every call gives what a miss gives, and purges tell that they failed. */
  const expectMisses = async () => {
    const entry = entries.of('q');
    expect(await cache.exact(scope, 'q')).toEqual({ hit: false, reason: 'unavailable' });
    expect(await cache.nearest(scope, axis(0), 5, 0.7)).toEqual([]);
    expect(await cache.store(draftOf('q'))).toBeNull();
    expect(await cache.advance(entry, '8', [])).toBe(false);
    await cache.drop(entry, 'context_changed');
    const unavailable = expect.objectContaining({ code: 'CACHE_UNAVAILABLE' }) as Error;
    await expect(
      cache.purgeDocument(entries.tenantId, entries.documentId, 'document_deleted'),
    ).rejects.toEqual(unavailable);
    await expect(cache.purgeCollection(entries.tenantId, entries.collectionId, 'admin')).rejects.toEqual(
      unavailable,
    );
    await expect(cache.purgeAll(entries.tenantId, 'admin')).rejects.toEqual(unavailable);
    expect(await cache.stats(entries.tenantId)).toMatchObject({ entries: null, bytes: null });
  };
  const env = () => ({ REDIS_CACHE_URL: server.url });

  it('misses while the server is killed, and works on an empty one', async () => {
    await open(env());
    await cache.store(draftOf('q'));
    const down = reaches(redis, 'down');
    await server.kill();
    await down;
    for (let i = 0; i < 3; i++) await expectMisses();
    await server.start();
    await reaches(redis, 'up');
    expect(await cache.exact(scope, 'q')).toEqual({ hit: false, reason: 'absent' });
    expect(await cache.store(draftOf('q'))).toBe(86_400);
    expect((await cache.exact(scope, 'q')).hit).toBe(true);
    expect(log.lines.filter((line) => line.includes('(get'))).toHaveLength(2);
    expect(log.lines.filter((line) => line.startsWith('ERROR'))).toEqual([]);
  });

  it('misses while the server is frozen, and finds everything again', async () => {
    await open(env());
    await cache.store(draftOf('q'));
    server.freeze();
    for (let i = 0; i < 3; i++) await expectMisses();
    server.thaw();
    await reaches(redis, 'up');
    expect(redis.state).toBe('up');
    // A command sent into the freeze may still have been carried out; whatever is found is the truth.
    await cache.store(draftOf('r'));
    expect((await cache.exact(scope, 'r')).hit).toBe(true);
  });

  it.each(['stopped', 'frozen'])(
    'starts with a server that is %s, and uses it once it is there',
    async (how) => {
      if (how === 'frozen') server.freeze();
      else await server.stop();
      await open(env());
      await expectMisses();
      if (how === 'frozen') server.thaw();
      else await server.start();
      await reaches(redis, 'up');
      while ((await cache.stats(entries.tenantId)).index === null) await new Promise(setImmediate);
      expect(await cache.store(draftOf('q'))).toBe(86_400);
      expect((await cache.exact(scope, 'q')).hit).toBe(true);
      // Whichever the server has.
      expect(['vector-set', 'search']).toContain((await cache.stats(entries.tenantId)).index);
    },
  );

  it('serves what it has while the server is out of memory', async () => {
    await open(env());
    await cache.store(draftOf('q'));
    const configure = (...args: [string, ...string[]]) => redis.run('test', (client) => client.call(...args));
    await configure('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await configure('CONFIG', 'SET', 'maxmemory', '1');
    expect((await cache.exact(scope, 'q')).hit).toBe(true);
    expect(await cache.nearest(scope, axis(0), 5, 0.7)).toHaveLength(1);
    expect(await cache.store(draftOf('r'))).toBeNull();
    expect((await cache.exact(scope, 'r')).hit).toBe(false);
    expect(redis.state).toBe('read-only');
    // What frees memory is still allowed.
    expect(await cache.purgeAll(entries.tenantId, 'admin')).toBe(1);
    await configure('CONFIG', 'SET', 'maxmemory', '0');
    await reaches(redis, 'up');
    expect(await cache.store(draftOf('r'))).toBe(86_400);
  });

  it('serves what it has while the server is read-only, and tells that a purge failed', async () => {
    await open(env());
    await cache.store(draftOf('q'));
    await redis.run('test', (client) => client.call('REPLICAOF', '127.0.0.1', '1'));
    expect((await cache.exact(scope, 'q')).hit).toBe(true);
    expect(await cache.nearest(scope, axis(0), 5, 0.7)).toHaveLength(1);
    expect(await cache.store(draftOf('r'))).toBeNull();
    await expect(cache.purgeAll(entries.tenantId, 'admin')).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
    });
    await redis.run('test', (client) => client.call('REPLICAOF', 'NO', 'ONE'));
    await reaches(redis, 'up');
    expect(await cache.purgeAll(entries.tenantId, 'admin')).toBe(1);
  });

  it('finds nothing after FLUSHALL, and fills again', async () => {
    await open(env());
    await cache.store(draftOf('q'));
    await redis.run('test', (client) => client.flushall());
    expect(await cache.exact(scope, 'q')).toEqual({ hit: false, reason: 'absent' });
    expect(await cache.nearest(scope, axis(0), 5, 0.7)).toEqual([]);
    await cache.store(draftOf('q'));
    expect(await cache.nearest(scope, axis(0), 5, 0.7)).toHaveLength(1);
  });
});
