import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { AppConfig } from '../../src/config/app-config';
import { Metrics } from '../../src/observability/metrics';
import type { CacheRedis } from '../../src/redis/cache-redis';
import { AnswerIndexSelector } from '../../src/semantic-cache/answer-index-selector';
import { InvalidationStream } from '../../src/semantic-cache/invalidation-stream';
import { SemanticCacheService } from '../../src/semantic-cache/semantic-cache.service';
import { startRedis, type TestServer } from '../support/services';
import { AnswerEntries, axis } from './caches/answer-entries';
import { MovableClock } from './caches/movable-clock';
import { openCacheRedis } from './caches/test-redis';

const STREAM = 'evergreen:invalidations';

describe('invalidation stream', () => {
  const clock = new MovableClock();
  let server: TestServer;
  let redis: CacheRedis;
  let metrics: Metrics;
  let stream: InvalidationStream;
  let selector: AnswerIndexSelector;
  let entries: AnswerEntries;

  const open = async (env: Record<string, string>) => {
    const config = AppConfig.parse(env);
    metrics = new Metrics(new Registry());
    redis = await openCacheRedis(config.redisCache.url, { metrics });
    selector = new AnswerIndexSelector(config.semanticCache, redis, clock);
    await selector.start();
    const cache = new SemanticCacheService(selector, config, metrics, clock);
    stream = new InvalidationStream(redis, cache, metrics, clock);
    entries = new AnswerEntries(clock);
    await selector.current().put(entries.of('q'), axis(0));
  };
  const changed = (documentId = entries.documentId) => ({
    tenantId: entries.tenantId,
    documentId,
    cause: 'document_changed' as const,
    changedAtMs: clock.nowMs() - 250,
  });
  const isCached = async () => (await selector.current().get(entries.tenantId, entries.of('q').id)).hit;
  const call = (...args: [string, ...(string | number)[]]) =>
    redis.run('test', (client) => client.call(...args));
  const pending = async () => ((await call('XPENDING', STREAM, 'evergreen')) as [number])[0];

  beforeAll(async () => {
    server = await startRedis({ role: 'cache' });
  });
  afterAll(() => server.destroy());
  afterEach(() => redis.close());

  it('purges in this process at once where there is no Redis', async () => {
    await open({});
    await stream.emit(changed(randomUUID()));
    expect(await isCached()).toBe(true);
    await stream.emit(changed());
    expect(await isCached()).toBe(false);
  });

  describe('on Redis', () => {
    beforeEach(async () => {
      await open({ REDIS_CACHE_URL: server.url });
      await call('FLUSHALL');
      await selector.current().put(entries.of('q'), axis(0));
      // Makes the group.
      await stream.round();
    });

    it('purges what it is told, once, and measures how long that took', async () => {
      await stream.emit(changed(randomUUID()));
      await stream.emit(changed());
      expect(await isCached()).toBe(true);
      await stream.round();
      expect(await isCached()).toBe(false);
      expect(await pending()).toBe(0);
      const { values } = await metrics.cacheInvalidationLag.get();
      expect(values.find(({ metricName }) => metricName?.endsWith('_sum'))?.value).toBeCloseTo(0.5);
      expect((await metrics.cacheInvalidations.get()).values).toEqual([
        { labels: { cause: 'document_changed' }, value: 1 },
      ]);
      await selector.current().put(entries.of('q'), axis(0));
      await stream.round();
      expect(await isCached()).toBe(true);
    });

    it('takes over what another reader left behind', async () => {
      await stream.emit(changed());
      const reply = (await call('XREADGROUP', 'GROUP', 'evergreen', 'dead', 'STREAMS', STREAM, '>')) as [
        [string, [[string, string[]]]],
      ];
      const id = reply[0][1][0][0];
      for (let i = 0; i < 10; i++) await stream.round();
      expect(await isCached()).toBe(true);
      await call('XCLAIM', STREAM, 'evergreen', 'dead', '0', id, 'IDLE', 6_000);
      for (let i = 0; i < 10; i++) await stream.round();
      expect(await isCached()).toBe(false);
      expect(await pending()).toBe(0);
    });

    it('goes on after the server lost everything', async () => {
      await call('FLUSHALL');
      await selector.current().put(entries.of('q'), axis(0));
      await stream.round();
      await stream.emit(changed());
      await stream.round();
      expect(await isCached()).toBe(false);
    });

    it('keeps no more than some thousand messages', async () => {
      for (let i = 0; i < 12; i++)
        await redis.run('test', (client) => {
          const pipeline = client.pipeline();
          for (let j = 0; j < 1_000; j++) pipeline.xadd(STREAM, '*', 'tenantId', 'x');
          return pipeline.exec();
        });
      await stream.emit(changed());
      const length = (await call('XLEN', STREAM)) as number;
      expect(length).toBeGreaterThan(9_000);
      expect(length).toBeLessThan(10_500);
    });

    it('does nothing, and fails nobody, while the server is away', async () => {
      await server.kill();
      await stream.emit(changed());
      await stream.round();
      await server.start();
    });
  });
});
