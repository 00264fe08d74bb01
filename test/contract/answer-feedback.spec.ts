import { Registry } from 'prom-client';
import { AppConfig } from '../../src/config/app-config';
import { Metrics } from '../../src/observability/metrics';
import { MemorySharedValues } from '../../src/redis/drivers/memory-shared-values';
import { cacheUnavailable } from '../../src/redis/redis-failure';
import type { CacheRedis } from '../../src/redis/cache-redis';
import { AnswerFeedback } from '../../src/semantic-cache/answer-feedback';
import { AnswerIndexSelector } from '../../src/semantic-cache/answer-index-selector';
import { SemanticCacheService } from '../../src/semantic-cache/semantic-cache.service';
import { AnswerEntries, axis } from './caches/answer-entries';
import { MovableClock } from './caches/movable-clock';
import { openCacheRedis } from './caches/test-redis';

describe('answer feedback', () => {
  const clock = new MovableClock();
  const entries = new AnswerEntries(clock);
  const { scope } = entries;
  let redis: CacheRedis;
  let values: MemorySharedValues;
  let cache: SemanticCacheService;
  let feedback: AnswerFeedback;

  beforeEach(async () => {
    const config = AppConfig.parse({});
    redis = await openCacheRedis(null);
    const selector = new AnswerIndexSelector(config.semanticCache, redis, clock);
    await selector.start();
    cache = new SemanticCacheService(selector, config, new Metrics(new Registry()), clock);
    values = new MemorySharedValues(clock);
    feedback = new AnswerFeedback(values, cache, clock);
    const { question, response, citations, fingerprint, evidence, epoch, documentIds, usage } =
      entries.of('stored?');
    const answer = { question, response, citations, fingerprint, evidence, epoch, documentIds, usage };
    await cache.store({ ...answer, scope, vector: axis(0), freshestSourceMs: 0 });
    const found = await cache.exact(scope, 'stored?');
    if (found.hit) await cache.rememberWording(scope, 'asked?', found.entry, { epoch: '7', similarity: 0.9 });
  });

  const note = (requestId: string, asked: string, answered: string) => {
    const identified = (question: string) => ({ id: cache.entryId(scope, question), question });
    feedback.note(scope.tenantId, requestId, identified(asked), identified(answered));
  };
  const isCached = async (question: string) => (await cache.exact(scope, question)).hit;

  it('evicts what a request was answered with, in both wordings, and keeps the questions apart', async () => {
    expect(await isCached('asked?')).toBe(true);
    note('request-1', 'asked?', 'stored?');
    expect(await feedback.areApart(scope.tenantId, 'asked?', 'stored?')).toBe(false);
    expect(await feedback.markWrong(scope.tenantId, 'request-1')).toBe(1);
    expect([await isCached('asked?'), await isCached('stored?')]).toEqual([false, false]);
    expect(await feedback.areApart(scope.tenantId, 'Stored', 'asked?')).toBe(true);
    expect(await feedback.areApart('another tenant', 'asked?', 'stored?')).toBe(false);
    expect(await feedback.areApart(scope.tenantId, 'asked?', 'other?')).toBe(false);
  });

  it('evicts an answer to the very question, and keeps nothing apart', async () => {
    note('request-1', 'stored?', 'stored?');
    expect(await feedback.markWrong(scope.tenantId, 'request-1')).toBe(1);
    expect(await isCached('stored?')).toBe(false);
    expect(await feedback.areApart(scope.tenantId, 'stored?', 'stored?')).toBe(false);
  });

  it('waits for what is being written at that moment', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const slowly = new (class extends MemorySharedValues {
      override async append(...args: Parameters<MemorySharedValues['append']>): Promise<void> {
        await gate;
        return super.append(...args);
      }
    })(clock);
    feedback = new AnswerFeedback(slowly, cache, clock);
    note('request-1', 'stored?', 'stored?');
    const writing = feedback.onModuleDestroy();
    const marked = feedback.markWrong(scope.tenantId, 'request-1');
    open();
    expect(await marked).toBe(1);
    await writing;
  });

  it('knows no requests of other tenants, and none of long ago', async () => {
    note('request-1', 'stored?', 'stored?');
    note('request-0', 'gone?', 'gone?');
    const notFound = expect.objectContaining({ code: 'ANSWER_NOT_FOUND' }) as Error;
    await expect(feedback.markWrong('another tenant', 'request-1')).rejects.toEqual(notFound);
    await expect(feedback.markWrong(scope.tenantId, 'request-2')).rejects.toEqual(notFound);
    clock.advanceSeconds(3_599);
    expect(await feedback.markWrong(scope.tenantId, 'request-0')).toBe(0);
    clock.advanceSeconds(700);
    await expect(feedback.markWrong(scope.tenantId, 'request-1')).rejects.toEqual(notFound);
    expect(await isCached('stored?')).toBe(true);
  });

  it('takes questions for apart while nobody can tell', async () => {
    values.get = () => Promise.reject(cacheUnavailable('test', 'unavailable'));
    expect(await feedback.areApart(scope.tenantId, 'a', 'b')).toBe(true);
  });
});
