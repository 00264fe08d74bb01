import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { AppConfig } from '../../src/config/app-config';
import { DeploymentSecret } from '../../src/database/deployment-secret';
import { EmbeddingCaches } from '../../src/embedding-cache/embedding-caches';
import type { EmbeddingModels } from '../../src/models/embedding-models';
import { Metrics } from '../../src/observability/metrics';
import type { CacheRedis } from '../../src/redis/cache-redis';
import { startRedis, type TestServer } from '../support/services';
import { FakeEmbeddingModel } from './caches/fake-embedding-model';
import { openCacheRedis } from './caches/test-redis';

const TIMEOUT_MS = 1000;

describe('embeddings of several tenants', () => {
  let server: TestServer;
  let model: FakeEmbeddingModel;
  const secret = new DeploymentSecret(Buffer.alloc(32, 7));
  const opened: { caches: EmbeddingCaches; redis: CacheRedis }[] = [];

  /** A process that starts. */
  const open = async (env: Record<string, string> = {}, key = secret) => {
    const metrics = new Metrics(new Registry());
    const redis = await openCacheRedis(server.url, { timeoutMs: TIMEOUT_MS, metrics });
    const models = { of: () => model } as unknown as EmbeddingModels;
    const caches = new EmbeddingCaches(models, model, redis, AppConfig.parse(env), metrics, key);
    opened.push({ caches, redis });
    return caches;
  };
  const settled = async () => {
    for (const { caches, redis } of opened.splice(0)) {
      await caches.onModuleDestroy();
      redis.close();
    }
  };

  beforeAll(async () => {
    server = await startRedis({ role: 'cache' });
  });
  afterAll(() => server.destroy());
  beforeEach(() => {
    model = new FakeEmbeddingModel(`model-${randomUUID()}`);
  });
  afterEach(settled);

  it('are found by the tenant that embedded them, in memory and in Redis, and by no other', async () => {
    const caches = await open();
    const vector = await caches.ofConfigured('acme').embedOne('a secret');
    expect(await caches.ofConfigured('acme').embedOne('a secret')).toEqual(vector);
    expect(await caches.ofConfigured('acme').countCached(['a secret'])).toBe(1);
    expect(await caches.ofConfigured('globex').countCached(['a secret'])).toBe(0);
    expect(model.calls).toEqual([['a secret']]);
    await settled();

    const restarted = await open();
    expect(await restarted.ofConfigured('globex').countCached(['a secret'])).toBe(0);
    expect(await restarted.ofConfigured('acme').embedOne('a secret')).toEqual(vector);
    expect(model.calls).toEqual([['a secret']]);
  });

  it('are not waited for by another tenant that embeds the same at the same time', async () => {
    const caches = await open();
    await Promise.all(['acme', 'globex'].map((tenant) => caches.ofConfigured(tenant).embedOne('a secret')));
    expect(model.calls.flat()).toEqual(['a secret', 'a secret']);
  });

  it('lie in Redis under names that only the secret of the deployment leads to', async () => {
    await (await open()).ofConfigured('acme').embedOne('a secret');
    await settled();
    const stranger = await open({}, new DeploymentSecret(Buffer.alloc(32, 8)));
    expect(await stranger.ofConfigured('acme').countCached(['a secret'])).toBe(0);
  });

  it('are shared where that is chosen', async () => {
    const caches = await open({ EMBEDDING_CACHE_SHARED: 'true' });
    await caches.ofConfigured('acme').embedOne('a secret');
    expect(await caches.ofConfigured('globex').countCached(['a secret'])).toBe(1);
  });

  it('go with their tenant', async () => {
    const caches = await open();
    for (const tenant of ['acme', 'globex']) await caches.ofConfigured(tenant).embedAll(['a', 'b', 'c']);
    for (const { caches: each } of opened) await each.onModuleDestroy();
    await caches.forgetTenant('acme');
    expect(await caches.ofConfigured('acme').countCached(['a', 'b', 'c'])).toBe(0);
    expect(await caches.ofConfigured('globex').countCached(['a', 'b', 'c'])).toBe(3);
    await settled();
    expect(await (await open()).ofConfigured('acme').countCached(['a', 'b', 'c'])).toBe(0);
    expect(await (await open()).ofConfigured('globex').countCached(['a', 'b', 'c'])).toBe(3);
  });
});
