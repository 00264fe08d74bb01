import OpenAI from 'openai';
import { dotProduct, l2Normalise } from '../../../src/common/vector';
import { Evergreen, eventually, temporaryFolder } from '../../support/evergreen';
import { FakeOpenAiServer } from '../../support/fake-openai-server';
import { startRedis, type TestServer } from '../../support/services';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

const MODEL = 'text-embedding-3-small';

const TEXTS = Array.from({ length: 200 }, (_, i) => `Paragraph ${i} tells what happens to parcel ${i * 7}.`);

describe('the embedding cache of several processes', () => {
  let database: TestDatabase;
  let model: FakeOpenAiServer;
  let redis: TestServer;
  const folder = temporaryFolder();
  const services: Evergreen[] = [];

  const start = async () => {
    const service = await Evergreen.start({
      ROLE: 'api',
      AUTH: 'disabled',
      DATA_DIR: folder.path,
      DATABASE_URL: database.url,
      REDIS_CACHE_URL: redis.url,
      EMBEDDING_PROVIDER: 'openai',
      EMBEDDING_MODEL: MODEL,
      EMBEDDING_DIMENSIONS: '256',
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: 'none',
    });
    services.push(service);
    return service;
  };
  const embed = async (service: Evergreen, input: readonly string[]) => {
    const { status, body } = await service.request<{ data: { embedding: number[] }[] }>(
      'POST',
      '/v1/embeddings',
      { model: MODEL, input },
    );
    expect(status).toBe(200);
    return body.data.map(({ embedding }) => embedding);
  };
  const embedded = () => model.received('embeddings').flatMap(({ body }) => body.input ?? []);

  beforeAll(async () => {
    [database, model, redis] = await Promise.all([
      // Empty: the prepared one is made for another embedding model.
      createTestDatabase({ template: 'template0' }),
      FakeOpenAiServer.start(),
      startRedis({ role: 'cache' }),
    ]);
  });
  beforeEach(() => model.reset());
  afterAll(async () => {
    await Promise.all(services.map((service) => service.kill()));
    await Promise.all([database?.drop(), model?.close(), redis?.destroy()]);
    folder.remove();
  });

  it('loses nothing that was written, stopped or killed', async () => {
    const first = await start();
    const vectors = await embed(first, TEXTS);
    const written = async () => {
      const { body } = await first.request<{ total_cached_embeddings: number }>(
        'GET',
        '/admin/embedding-cache/stats',
      );
      return body.total_cached_embeddings === TEXTS.length ? true : undefined;
    };
    await eventually(written, 'the embeddings to be written');
    await first.kill();
    const second = await start();
    expect(await embed(second, TEXTS)).toEqual(vectors);
    expect(await second.metric('rag_embedding_cache_hits_total', { tier: 'redis' })).toBe(TEXTS.length);
    expect(await embed(second, ['One more.'])).toHaveLength(1);
    expect(await second.stop()).toBe(0);
    const third = await start();
    expect(await embed(third, [...TEXTS, 'One more.'])).toHaveLength(TEXTS.length + 1);
    expect(embedded()).toHaveLength(TEXTS.length + 1);
    expect(third.log).toMatch(/201 texts: 201 hits \(memory 0, redis 201\), 0 misses, 100 % hits/);
    await third.stop();
  });

  it('embeds what several processes miss together once, and goes on when one of them is killed', async () => {
    const services = await Promise.all([start(), start()]);
    const texts = TEXTS.map((text) => `Together: ${text}`);
    model.always('embeddings', { kind: 'answer', delayMs: 500 });
    const [a, b] = await Promise.all(services.map((service) => embed(service, texts)));
    expect(a).toEqual(b);
    expect(embedded().sort()).toEqual([...texts].sort());

    model.reset();
    model.always('embeddings', { kind: 'answer', delayMs: 2_000 });
    const dying = embed(services[0], ['Lost and found.']);
    while (model.received('embeddings').length === 0) await new Promise(setImmediate);
    const waiting = embed(services[1], ['Lost and found.']);
    await services[0].kill();
    await expect(dying).rejects.toThrow();
    expect(await waiting).toHaveLength(1);
    expect(embedded()).toHaveLength(2);
  });

  it('gives any fewer dimensions from one embedding, where the model can shorten its vectors', async () => {
    const openai = new OpenAI({ baseURL: `${(await start()).url}/v1`, apiKey: 'none', maxRetries: 0 });
    const ask = async (dimensions?: number) => {
      const answer = await openai.embeddings.create({
        model: MODEL,
        input: 'a text of some words',
        dimensions,
      });
      return Float32Array.from(answer.data[0].embedding);
    };
    const whole = await ask();
    expect(whole).toHaveLength(256);
    const short = await ask(64);
    expect(short).toHaveLength(64);
    expect(dotProduct(short, l2Normalise(whole.subarray(0, 64)))).toBeCloseTo(1, 5);
    expect(embedded()).toHaveLength(1);
    await expect(ask(257)).rejects.toThrow(/dimensions.*1 to 256/);
  });
});
