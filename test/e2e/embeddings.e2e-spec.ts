import { join } from 'node:path';
import OpenAI, { BadRequestError } from 'openai';
import type { Evergreen } from '../support/evergreen';
import { CHECKOUT } from '../support/services';
import { type TestBackend, testBackend } from '../support/test-backend';

const NO_LOCAL_MODEL = join(CHECKOUT, 'test', 'support', 'no-local-model.cjs');

interface Stats {
  total_cached_embeddings: number;
  hits: number;
  misses: number;
  hit_rate: number;
}

const clientOf = ({ url }: Evergreen) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
const length = (vector: readonly number[]) => Math.hypot(...vector);

describe('embeddings for any OpenAI client', () => {
  let backend: TestBackend;
  let service: Evergreen;
  let openai: OpenAI;

  const stats = async () => (await service.request<Stats>('GET', '/admin/embedding-cache/stats')).body;

  beforeAll(async () => {
    backend = await testBackend();
    service = await backend.start();
    openai = clientOf(service);
  });
  afterAll(() => backend.destroy());

  it('embeds a text, in the way the client asks for by itself, as floats and as base64', async () => {
    const input = 'Where is my parcel?';
    const byDefault = await openai.embeddings.create({ model: 'use-lite', input });
    const floats = await openai.embeddings.create({ model: 'use-lite', input, encoding_format: 'float' });
    const base64 = await openai.embeddings.create({ model: 'use-lite', input, encoding_format: 'base64' });
    expect(floats).toMatchObject({
      object: 'list',
      model: 'use-lite',
      data: [{ object: 'embedding', index: 0 }],
      usage: { prompt_tokens: expect.any(Number) as number, total_tokens: expect.any(Number) as number },
    });
    expect(floats.usage.prompt_tokens).toBeGreaterThan(3);
    expect(floats.usage.total_tokens).toBe(floats.usage.prompt_tokens);
    const [{ embedding }] = floats.data;
    expect(embedding).toHaveLength(512);
    expect(length(embedding)).toBeCloseTo(1, 5);
    expect(byDefault.data[0].embedding).toEqual(embedding);
    // The client hands on what it was explicitly asked for.
    const bytes = Buffer.from(base64.data[0].embedding as unknown as string, 'base64');
    expect(Array.from({ length: 512 }, (_, i) => bytes.readFloatLE(4 * i))).toEqual(embedding);
  });

  it('embeds many texts in their order, each once', async () => {
    const before = await stats();
    const input = ['one', 'two', 'one', 'three'];
    const { data } = await openai.embeddings.create({ model: 'use-lite', input });
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(data[0].embedding).toEqual(data[2].embedding);
    const [one] = (await openai.embeddings.create({ model: 'use-lite', input: 'one' })).data;
    expect(one.embedding).toEqual(data[0].embedding);
    const after = await stats();
    expect(after.misses - before.misses).toBe(3);
    expect(after.hits - before.hits).toBe(1);
    expect(after.hit_rate).toBeCloseTo(after.hits / (after.hits + after.misses));
  });

  it.each<[string, object, RegExp]>([
    ['an array of tokens', { input: [1212, 318, 257, 1332] }, /input.*tokens.*send the text/],
    ['arrays of tokens', { input: [[1212, 318], [257]] }, /input.*tokens.*send the text/],
    ['no text', { input: [] }, /input.*1 to 2048/],
    ['too many texts', { input: Array(2049).fill('x') }, /input.*1 to 2048/],
    ['an empty text', { input: ['a', ''] }, /input.*empty/],
    ['another model', { model: 'text-embedding-3-small' }, /model must be use-lite|model: must be use-lite/],
    ['dimensions that the model lacks', { dimensions: 256 }, /dimensions.*must be 512/],
  ])('refuses %s, and says so', async (_, wrong, message) => {
    const body = { model: 'use-lite', input: 'a', ...wrong };
    const error: unknown = await openai.embeddings.create(body as OpenAI.EmbeddingCreateParams).then(
      () => null,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    expect((error as BadRequestError).message).toMatch(message);
  });

  it('warms the cache, and forgets one model', async () => {
    const texts = ['warm one', 'warm two', 'warm one'];
    const warm = () => service.request('POST', '/admin/embedding-cache/warm', { texts });
    expect(await warm()).toMatchObject({ status: 200, body: { texts: 2, hits: 0, misses: 2 } });
    expect(await warm()).toMatchObject({ status: 200, body: { texts: 2, hits: 2, misses: 0 } });
    expect((await service.request('POST', '/admin/embedding-cache/warm', { texts: [''] })).status).toBe(400);
    const forget = (model: string) => service.request('DELETE', `/admin/embedding-cache?model=${model}`);
    expect((await forget('another')).body).toEqual({ purged: 0 });
    expect((await warm()).body).toMatchObject({ hits: 2 });
    const { total_cached_embeddings } = await stats();
    expect(total_cached_embeddings).toBeGreaterThan(1);
    expect((await forget('use-lite')).body).toEqual({ purged: total_cached_embeddings });
    expect((await stats()).total_cached_embeddings).toBe(0);
    expect((await warm()).body).toMatchObject({ misses: 2 });
    expect((await service.request('DELETE', '/admin/embedding-cache')).status).toBe(400);
  });

  it('says that the model is away where its package is not installed', async () => {
    await service.ingest([{ external_id: 'parcels.md', content: 'Parcels arrive on Tuesday.' }]);
    await service.stop();
    const without = await backend.start({ NODE_OPTIONS: `--require=${JSON.stringify(NO_LOCAL_MODEL)}` });
    const post = (path: string, body: object) => without.request('POST', path, body);
    const replies = await Promise.all([
      post('/v1/embeddings', { model: 'use-lite', input: 'never seen before' }),
      post('/search', { query: 'never seen before', mode: 'vector' }),
      post('/admin/chunking/preview', { text: 'Parcels arrive on Tuesday.' }),
      post('/query', { query: 'When do parcels arrive?', user_id: 'alice' }),
    ]);
    for (const reply of replies)
      expect(reply).toMatchObject({ status: 503, body: { error: { code: 'EMBEDDING_UNAVAILABLE' } } });
    const search = await post('/search', { query: 'When do parcels arrive?' });
    expect(search).toMatchObject({
      status: 200,
      body: { degraded: true, passages: [{ external_id: 'parcels.md' }] },
    });
  });
});
