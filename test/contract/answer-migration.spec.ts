import { Registry } from 'prom-client';
import { AppConfig } from '../../src/config/app-config';
import { Metrics } from '../../src/observability/metrics';
import type { CacheRedis } from '../../src/redis/cache-redis';
import { AnswerIndexSelector } from '../../src/semantic-cache/answer-index-selector';
import { AnswerMigration } from '../../src/semantic-cache/answer-migration';
import type { CacheScope } from '../../src/semantic-cache/cache-scope';
import { type AnswerDraft, SemanticCacheService } from '../../src/semantic-cache/semantic-cache.service';
import { startRedis, type TestServer } from '../support/services';
import { AnswerEntries, atSimilarity, axis } from './caches/answer-entries';
import { LogLines } from './caches/log-lines';
import { MovableClock } from './caches/movable-clock';
import { openCacheRedis } from './caches/test-redis';

jest.setTimeout(30_000);

const OLD = { id: 1, model: 'use-lite' };
const NEW = { id: 2, model: 'text-embedding-3-large' };
const QUESTIONS = Array.from({ length: 120 }, (_, i) => `question ${i}`);

let server: TestServer;
beforeAll(async () => {
  server = await startRedis({ role: 'cache' });
  new LogLines('none').install();
});
afterAll(() => server.destroy());

describe.each(['memory', 'vector-set'])('cached answers and a new embedding space, on %s', (index) => {
  let redis: CacheRedis;
  let clock: MovableClock;
  let entries: AnswerEntries;
  let cache: SemanticCacheService;
  let migration: AnswerMigration;
  let before: CacheScope;
  let after: CacheScope;
  let embedded: string[];
  let moved: number;

  const draftOf = (question: string, scope: CacheScope, changes: Partial<AnswerDraft> = {}): AnswerDraft => {
    const { response, citations, fingerprint, evidence, epoch, documentIds, usage } = entries.of(question);
    const made = { vector: axis(0), response, citations, fingerprint, evidence, epoch, documentIds, usage };
    return { question, ...made, scope, freshestSourceMs: clock.nowMs() - 40 * 86_400_000, ...changes };
  };
  const move = (from = OLD, to = NEW) =>
    migration.move(
      entries.tenantId,
      from,
      to,
      (questions) => {
        embedded.push(...questions);
        return Promise.resolve(questions.map(() => axis(3, 16)));
      },
      { signal: new AbortController().signal, onMoved: async (count) => void (moved += count) },
    );

  beforeEach(async () => {
    const env = index === 'memory' ? {} : { REDIS_CACHE_URL: server.url, SEMANTIC_CACHE_INDEX: index };
    const config = AppConfig.parse(env);
    const metrics = new Metrics(new Registry());
    redis = await openCacheRedis(config.redisCache.url, { timeoutMs: 250, metrics });
    clock = new MovableClock();
    entries = new AnswerEntries(clock);
    const selector = new AnswerIndexSelector(config.semanticCache, redis, clock);
    await selector.start();
    cache = new SemanticCacheService(selector, config, metrics, clock);
    migration = new AnswerMigration(selector);
    before = { ...entries.scope, principals: ['group:hr'], embeddingSpace: OLD };
    after = { ...before, embeddingSpace: NEW };
    embedded = [];
    moved = 0;
  });
  afterEach(() => redis.close());

  it('come along with their questions embedded anew, and stay where they were', async () => {
    for (const question of QUESTIONS) await cache.store(draftOf(question, before));
    expect((await cache.exact(after, 'question 7')).hit).toBe(false);
    await move();
    expect(moved).toBe(QUESTIONS.length);
    expect(embedded.sort()).toEqual([...QUESTIONS].sort());
    for (const scope of [before, after]) expect((await cache.exact(scope, ' Question 7?')).hit).toBe(true);
    const near = await cache.nearest(after, axis(3, 16), 200, -1);
    expect(near).toHaveLength(QUESTIONS.length);
    expect(near[0].similarity).toBeCloseTo(1, 2);
    expect(await cache.nearest(before, axis(0), 200, -1)).toHaveLength(QUESTIONS.length);
  });

  it('are still found by their very words alone, where they were', async () => {
    for (let time = 1; time <= 2; time++) {
      await cache.store(draftOf('How high is the tax? Why?', before, { vector: null }));
      await move();
    }
    expect((await cache.exact(after, 'How high is the tax? Why?')).hit).toBe(true);
    expect(await cache.nearest(after, axis(3, 16), 200, -1)).toEqual([]);
    expect(moved).toBe(1);
  });

  it('are of no epoch, so that none is served before its evidence is found in the new space', async () => {
    await cache.store(draftOf('q', before, { epoch: '7' }));
    await move();
    const found = await cache.exact(after, 'q');
    if (!found.hit) throw new Error('not found');
    expect(found.entry).toMatchObject({
      epoch: '-1',
      question: 'q',
      fingerprint: entries.of('q').fingerprint,
    });
    expect(await cache.advance(found.entry, '8', found.entry.citations)).toBe(true);
    expect(await cache.exact(before, 'q')).toMatchObject({ entry: { epoch: '7' } });
  });

  it('leave alone what the new space has answered itself, and what is of a third one', async () => {
    await cache.store(draftOf('q', before, { response: 'old [1].' }));
    await cache.store(draftOf('q', after, { response: 'new [1].' }));
    await cache.store(draftOf('other', { ...before, embeddingSpace: { id: 9, model: 'm' } }));
    await move();
    await move();
    expect(moved).toBe(0);
    expect(await cache.exact(after, 'q')).toMatchObject({ entry: { response: 'new [1].' } });
    expect((await cache.exact(after, 'other')).hit).toBe(false);
  });

  it('live no longer than they would have, and go with their document', async () => {
    await cache.store(draftOf('a', before));
    await cache.store(draftOf('b', before, { documentIds: [entries.collectionId] }));
    clock.advanceSeconds(86_000);
    await move();
    expect(await cache.purgeDocument(entries.tenantId, entries.collectionId, 'document_changed')).toBe(2);
    expect((await cache.exact(after, 'b')).hit).toBe(false);
    expect((await cache.exact(after, 'a')).hit).toBe(true);
    clock.advanceSeconds(400);
    expect((await cache.exact(after, 'a')).hit).toBe(false);
  });

  it('may be broken off and moved again', async () => {
    for (const question of QUESTIONS) await cache.store(draftOf(question, before));
    const aborted = new AbortController();
    const broken = migration.move(
      entries.tenantId,
      OLD,
      NEW,
      (questions) => Promise.resolve(questions.map(() => atSimilarity(1, 16))),
      {
        signal: aborted.signal,
        onMoved: async () => aborted.abort(new Error('the worker stops')),
      },
    );
    await expect(broken).rejects.toThrow('the worker stops');
    await move();
    expect(moved).toBeLessThan(QUESTIONS.length);
    for (const question of QUESTIONS) expect((await cache.exact(after, question)).hit).toBe(true);
  });
});
