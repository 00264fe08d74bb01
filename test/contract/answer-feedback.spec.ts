import { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { AppConfig } from '../../src/config/app-config';
import { dataSourceOptions } from '../../src/database/data-source';
import { Metrics } from '../../src/observability/metrics';
import { MemorySharedValues } from '../../src/redis/drivers/memory-shared-values';
import type { CacheRedis } from '../../src/redis/cache-redis';
import { AnswerFeedback } from '../../src/semantic-cache/answer-feedback';
import { AnswerIndexSelector } from '../../src/semantic-cache/answer-index-selector';
import { MatchJudgements, pairOf } from '../../src/semantic-cache/match-judgements';
import { SemanticCacheService } from '../../src/semantic-cache/semantic-cache.service';
import { type ContractDatabase, realDatabase } from '../support/contract-database';
import { AnswerEntries, axis } from './caches/answer-entries';
import { MovableClock } from './caches/movable-clock';
import { openCacheRedis } from './caches/test-redis';

const OTHER_TENANT = '00000000-0000-4000-8000-000000000001';

describe('answer feedback', () => {
  const clock = new MovableClock();
  const entries = new AnswerEntries(clock);
  const { scope } = entries;
  let redis: CacheRedis;
  let values: MemorySharedValues;
  let cache: SemanticCacheService;
  let feedback: AnswerFeedback;
  let database: ContractDatabase;
  let dataSource: DataSource;
  let judgements: MatchJudgements;

  beforeAll(async () => {
    database = await realDatabase();
    dataSource = await new DataSource(dataSourceOptions(database.url, AppConfig.parse({}))).initialize();
    judgements = new MatchJudgements(dataSource, clock);
    await dataSource.query(`INSERT INTO tenant (id, name) VALUES ($1, 'feedback')`, [scope.tenantId]);
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.close();
  });

  beforeEach(async () => {
    const config = AppConfig.parse({});
    redis = await openCacheRedis(null);
    const selector = new AnswerIndexSelector(config.semanticCache, redis, clock);
    await selector.start();
    cache = new SemanticCacheService(selector, config, new Metrics(new Registry()), clock);
    values = new MemorySharedValues(clock);
    feedback = new AnswerFeedback(values, cache, judgements, clock);
    const { question, response, citations, fingerprint, evidence, epoch, documentIds, usage } =
      entries.of('stored?');
    await dataSource.query('DELETE FROM match_judgement WHERE tenant_id = $1', [scope.tenantId]);
    const answer = { question, response, citations, fingerprint, evidence, epoch, documentIds, usage };
    await cache.store({ ...answer, scope, vector: axis(0), freshestSourceMs: 0 });
    const found = await cache.exact(scope, 'stored?');
    if (found.hit) await cache.rememberWording(scope, 'asked?', found.entry, { epoch: '7', similarity: 0.9 });
  });

  const note = (requestId: string, asked: string, answered: string) => {
    const identified = (question: string) => ({ id: cache.entryId(scope, question), question });
    feedback.note(scope.tenantId, requestId, identified(asked), identified(answered));
  };
  const areApart = async (tenantId: string, a: string, b: string) =>
    (await judgements.verdictsOn(tenantId, [pairOf(a, b)])).get(pairOf(a, b))?.reported ?? false;
  const isCached = async (question: string) => (await cache.exact(scope, question)).hit;

  it('evicts what a request was answered with, in both wordings, and keeps the questions apart', async () => {
    expect(await isCached('asked?')).toBe(true);
    note('request-1', 'asked?', 'stored?');
    expect(await areApart(scope.tenantId, 'asked?', 'stored?')).toBe(false);
    expect(await feedback.markWrong(scope.tenantId, 'request-1')).toBe(1);
    expect([await isCached('asked?'), await isCached('stored?')]).toEqual([false, false]);
    expect(await areApart(scope.tenantId, 'Stored', 'asked?')).toBe(true);
    expect(await areApart(OTHER_TENANT, 'asked?', 'stored?')).toBe(false);
    expect(await areApart(scope.tenantId, 'asked?', 'other?')).toBe(false);
  });

  it('evicts an answer to the very question, and keeps nothing apart', async () => {
    note('request-1', 'stored?', 'stored?');
    expect(await feedback.markWrong(scope.tenantId, 'request-1')).toBe(1);
    expect(await isCached('stored?')).toBe(false);
    expect(await areApart(scope.tenantId, 'stored?', 'stored?')).toBe(false);
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
    feedback = new AnswerFeedback(slowly, cache, judgements, clock);
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
    await expect(feedback.markWrong(OTHER_TENANT, 'request-1')).rejects.toEqual(notFound);
    await expect(feedback.markWrong(scope.tenantId, 'request-2')).rejects.toEqual(notFound);
    clock.advanceSeconds(3_599);
    expect(await feedback.markWrong(scope.tenantId, 'request-0')).toBe(0);
    clock.advanceSeconds(700);
    await expect(feedback.markWrong(scope.tenantId, 'request-1')).rejects.toEqual(notFound);
    expect(await isCached('stored?')).toBe(true);
  });
});
