import { MemoryAnswerIndex } from '../../src/semantic-cache/drivers/memory-answer-index';
import { RedisAnswerIndex } from '../../src/semantic-cache/drivers/redis-answer-index';
import {
  documentKey,
  entryKey,
  slotKey,
  slotOf,
  slotsKey,
  vectorsKey,
} from '../../src/semantic-cache/drivers/answer-record';
import type { CacheRedis } from '../../src/redis/cache-redis';
import { SearchVectors } from '../../src/semantic-cache/drivers/search-vectors';
import { VectorSetVectors } from '../../src/semantic-cache/drivers/vector-set-vectors';
import { serviceUrls, startRedisCluster, type TestCluster } from '../support/services';
import { describeAnswerIndex } from './answer-index.contract';
import { AnswerEntries, axis } from './caches/answer-entries';
import { LogLines } from './caches/log-lines';
import { MovableClock } from './caches/movable-clock';
import { openCacheRedis } from './caches/test-redis';

jest.setTimeout(60_000);

let redis: CacheRedis;
let cluster: TestCluster;
let clusterRedis: CacheRedis;

beforeAll(async () => {
  cluster = await startRedisCluster();
  clusterRedis = await openCacheRedis(cluster.url);
  new LogLines('none').install();
  redis = await openCacheRedis((await serviceUrls()).redisCacheUrl);
  if (redis.state !== 'up') throw new Error('no Redis: see "scripts/services --help"');
});
afterAll(async () => {
  redis?.close();
  clusterRedis?.close();
  await cluster?.destroy();
});

describeAnswerIndex('memory', async (clock) => new MemoryAnswerIndex(clock, 1_000));
describeAnswerIndex(
  'vector-set',
  async (clock) => new RedisAnswerIndex(redis, new VectorSetVectors(redis), clock),
);

describeAnswerIndex('vector-set in a cluster', async (clock) => {
  return new RedisAnswerIndex(clusterRedis, new VectorSetVectors(clusterRedis), clock);
});

// No server that the tests can start has RediSearch: this one is given by who has it.
const searchUrl = process.env.REDIS_SEARCH_URL;
if (searchUrl) {
  let server: CacheRedis;
  beforeAll(async () => {
    server = await openCacheRedis(searchUrl);
    if (server.state !== 'up') throw new Error('REDIS_SEARCH_URL does not answer');
  });
  afterAll(() => server.close());
  describeAnswerIndex('search', async (clock) => {
    const vectors = new SearchVectors(server, { m: 16, efConstruction: 100, efRuntime: 50 });
    return new RedisAnswerIndex(server, vectors, clock);
  });
}

describe('memory answer index', () => {
  it('forgets the least recently used, wherever they were used', async () => {
    const clock = new MovableClock();
    const entries = new AnswerEntries(clock);
    const index = new MemoryAnswerIndex(clock, 3);
    for (const [i, question] of ['a', 'b', 'c'].entries()) await index.put(entries.of(question), axis(i));
    await index.get(entries.tenantId, entries.of('a').id);
    await index.nearest(entries.tenantId, entries.scopeHash, axis(1), 1, 0.9);
    await index.put(entries.of('d'), axis(3));
    const hits = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (q) => (await index.get(entries.tenantId, entries.of(q).id)).hit),
    );
    expect(hits).toEqual([true, true, false, true]);
    expect(await index.nearest(entries.tenantId, entries.scopeHash, axis(2), 1, 0.9)).toEqual([]);
  });
});

describe('vector-set answer index', () => {
  const clock = new MovableClock();
  let entries: AnswerEntries;
  let index: RedisAnswerIndex;
  let slot: string;
  const find = async () =>
    (await index.nearest(entries.tenantId, entries.scopeHash, axis(0), 5, 0.5)).map((c) => c.entry.question);
  const unlink = (key: string) => redis.run('test', (client) => client.unlink(key));

  beforeEach(async () => {
    entries = new AnswerEntries(clock);
    index = new RedisAnswerIndex(redis, new VectorSetVectors(redis), clock);
    slot = slotOf(entries.scopeHash, 8);
    await index.put(entries.of('a'), axis(0));
    await index.put(entries.of('b'), axis(0));
  });

  it('puts all keys of a tenant into one hash slot and lets each of them expire', async () => {
    const keys = await redis.run('test', (client) => client.keys(`*${entries.tenantId}*`));
    expect(keys.sort()).toEqual(
      [
        entryKey(entries.tenantId, entries.of('a').id),
        entryKey(entries.tenantId, entries.of('b').id),
        vectorsKey(entries.tenantId, slot),
        slotKey(entries.tenantId, slot),
        slotsKey(entries.tenantId),
        documentKey(entries.tenantId, entries.documentId),
      ].sort(),
    );
    for (const key of keys) {
      expect(key.startsWith(`{t:${entries.tenantId}}:`)).toBe(true);
      const ttl = await redis.run('test', (client) => client.pttl(key));
      expect(ttl).toBeGreaterThan(290_000);
      expect(ttl).toBeLessThanOrEqual(300_000);
    }
  });

  it('knows at once what another process makes of an entry that it has read', async () => {
    const other = new RedisAnswerIndex(redis, new VectorSetVectors(redis), clock);
    const { tenantId } = entries;
    const get = (question: string) => index.get(tenantId, entries.of(question).id);
    const entry = entries.of('c');
    await other.put(entry, axis(0));
    expect(await get('c')).toEqual({ hit: true, entry });

    const next = { epoch: '8', citations: [entries.citation('moved')] };
    expect(await other.advanceEpoch(entry, '7', next)).toBe(true);
    expect(await get('c')).toEqual({ hit: true, entry: { ...entry, ...next } });

    const written = entries.of('c', { response: 'anew', createdAtMs: clock.nowMs() + 1 });
    await other.put(written, axis(0));
    expect(await get('c')).toEqual({ hit: true, entry: written });
    expect((await find()).sort()).toEqual(['a', 'b', 'c']);

    await other.delete(tenantId, entry.id);
    expect(await get('c')).toEqual({ hit: false, reason: 'absent' });
    expect((await find()).sort()).toEqual(['a', 'b']);
  });

  it('lets an index live as long as its longest entry', async () => {
    await index.put(entries.of('long', { ttlSeconds: 5_000 }), axis(0));
    await index.put(entries.of('short', { ttlSeconds: 10 }), axis(0));
    const ttl = await redis.run('test', (client) => client.ttl(vectorsKey(entries.tenantId, slot)));
    expect(ttl).toBeGreaterThan(4_900);
  });

  it('does without lost vectors, and builds them up again', async () => {
    await unlink(vectorsKey(entries.tenantId, slot));
    expect(await find()).toEqual([]);
    expect((await index.get(entries.tenantId, entries.of('a').id)).hit).toBe(true);
    await index.put(entries.of('c'), axis(0));
    expect(await find()).toEqual(['c']);
  });

  it('takes vectors whose entry is lost out of the search', async () => {
    await unlink(entryKey(entries.tenantId, entries.of('a').id));
    expect(await find()).toEqual(['b']);
    const left = await redis.run('test', (client) =>
      client.call('VCARD', vectorsKey(entries.tenantId, slot)),
    );
    expect(left).toBe(1);
    expect((await index.stats(entries.tenantId)).entries).toBe(1);
  });

  it.each(['slot', 'slots', 'document'])('serves on when the list of %s is lost', async (list) => {
    const keys: Record<string, string> = {
      slot: slotKey(entries.tenantId, slot),
      slots: slotsKey(entries.tenantId),
      document: documentKey(entries.tenantId, entries.documentId),
    };
    await unlink(keys[list]);
    expect((await find()).sort()).toEqual(['a', 'b']);
    await index.put(entries.of('c'), axis(0));
    expect((await find()).sort()).toEqual(['a', 'b', 'c']);
    expect(await index.deleteByDocument(entries.tenantId, entries.documentId)).toBeGreaterThan(0);
    expect(await index.deleteAll(entries.tenantId)).toBeGreaterThanOrEqual(0);
  });

  it('takes a corrupt or foreign hash for a miss, and removes it', async () => {
    const [a, b] = ['a', 'b'].map((question) => entryKey(entries.tenantId, entries.of(question).id));
    await redis.run('test', (client) => client.hset(a, 'body', '{"id":'));
    await redis.run('test', (client) => client.hset(b, 'body', JSON.stringify({ id: 'other' })));
    expect(await find()).toEqual([]);
    expect(await index.get(entries.tenantId, entries.of('b').id)).toEqual({ hit: false, reason: 'absent' });
    expect(await redis.run('test', (client) => client.exists(a, b))).toBe(0);
  });

  it('removes the vectors of expired entries while others come', async () => {
    for (let i = 0; i < 20; i++) await index.put(entries.of(`short ${i}`, { ttlSeconds: 10 }), axis(0));
    clock.advanceSeconds(10);
    for (let i = 0; i < 3; i++) await index.put(entries.of(`new ${i}`), axis(0));
    const left = await redis.run('test', (client) =>
      client.call('VCARD', vectorsKey(entries.tenantId, slot)),
    );
    expect(left).toBe(5);
  });
});
