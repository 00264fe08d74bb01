import { AppError } from '../../src/common/app-error';
import { OpenAiEmbeddingModel } from '../../src/models/drivers/openai/openai-embedding-model';
import { estimateTokens } from '../../src/models/drivers/openai/token-estimate';
import { FakeOpenAiServer } from '../support/fake-openai-server';

const KEY = 'key-of-the-test';

let server: FakeOpenAiServer;
beforeAll(async () => {
  server = await FakeOpenAiServer.start({ dimensions: 256, apiKey: KEY });
});
afterEach(() => server.reset());
afterAll(() => server.close());

const make = (options: Partial<ConstructorParameters<typeof OpenAiEmbeddingModel>[0]> = {}) =>
  new OpenAiEmbeddingModel({
    baseUrl: server.url,
    apiKey: KEY,
    model: 'text-embedding-3-small',
    dimensions: 256,
    timeoutMs: 5000,
    initialBackoffMs: 1,
    ...options,
  });
const received = () => server.received('embeddings').map(({ body }) => body);

describe('OpenAiEmbeddingModel', () => {
  it('asks for floats, and for dimensions where the model can shorten its vectors', async () => {
    await make({ dimensions: 64 }).embed(['text']);
    await make({ model: 'bge-m3' }).embed(['text']);
    await make({ model: 'bge-m3', requestDimensions: true }).embed(['text']);
    expect(received()).toEqual([
      { model: 'text-embedding-3-small', input: ['text'], dimensions: 64, encoding_format: 'float' },
      { model: 'bge-m3', input: ['text'], encoding_format: 'float' },
      { model: 'bge-m3', input: ['text'], dimensions: 256, encoding_format: 'float' },
    ]);
    expect(server.received('embeddings')[0].authorization).toBe(`Bearer ${KEY}`);
  });

  it('names both lengths if the vectors have another one than configured', async () => {
    await expect(make({ model: 'bge-m3', dimensions: 1024 }).embed(['text'])).rejects.toMatchObject({
      code: 'EMBEDDING_DIMENSION_MISMATCH',
      message: expect.stringMatching(/256 dimensions.*1024/) as string,
      details: { model: 'bge-m3', configured: 1024, returned: 256 },
    });
    expect(received()).toHaveLength(1);
  });

  it('cuts texts to what the model reads', async () => {
    await make({ maxInputTokens: 50 }).embed(['one two three four five '.repeat(100)]);
    const [sent] = received()[0].input as string[];
    expect(estimateTokens(sent)).toBeLessThanOrEqual(50);
    expect(estimateTokens(sent)).toBeGreaterThan(40);
  });

  it('splits a batch whose sum exceeds what one request may hold', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => `text ${i} ${'words and '.repeat(2500)}`);
    const vectors = await make().embed(texts);
    expect(vectors).toHaveLength(20);
    expect(received().map(({ input }) => input?.length)).toEqual([11, 9]);
    expect(received().flatMap(({ input }) => input)).toEqual(texts);
  });

  it('tries again after errors that may pass, three times in total', async () => {
    const model = make();
    server.script('embeddings', { kind: 'status', status: 500 }, { kind: 'disconnect' });
    await expect(model.embed(['text'])).resolves.toHaveLength(1);
    expect(received()).toHaveLength(3);

    server.reset();
    server.always('embeddings', { kind: 'status', status: 429, headers: { 'retry-after-ms': '1' } });
    await expect(model.embed(['text'])).rejects.toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
      details: { kind: 'rate_limit', status: 429 },
    });
    expect(received()).toHaveLength(3);
  });

  it('passes a long Retry-After on instead of waiting', async () => {
    server.always('embeddings', { kind: 'status', status: 429, headers: { 'retry-after': '120' } });
    await expect(make().embed(['text'])).rejects.toMatchObject({ retryAfterSeconds: 120 });
    expect(received()).toHaveLength(1);
  });

  it.each(['hang', 'hang-in-body'] as const)('gives up a try that does %s', async (kind) => {
    server.script('embeddings', { kind });
    await expect(make({ timeoutMs: 100 }).embed(['text'])).resolves.toHaveLength(1);
    expect(received()).toHaveLength(2);
    expect(server.abandoned).toBe(1);
  });

  it('stops a request that its caller gave up', async () => {
    server.always('embeddings', { kind: 'hang' });
    const controller = new AbortController();
    const call = make().embed(['text'], controller.signal);
    const outcome = expect(call).rejects.toThrow('the caller went away');
    while (received().length === 0) await new Promise(setImmediate);
    controller.abort(new Error('the caller went away'));
    await outcome;
    expect(received()).toHaveLength(1);
  });

  it('gives up what is under way when it is closed', async () => {
    server.always('embeddings', { kind: 'hang' });
    const model = make();
    const outcome = expect(model.embed(['text'])).rejects.toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' });
    while (received().length === 0) await new Promise(setImmediate);
    await model.close();
    await outcome;
  });

  it.each([
    ['no JSON', { kind: 'malformed' }],
    ['an error page', { kind: 'json', body: 'all is well' }],
    ['too few vectors', { kind: 'json', body: { data: [] } }],
    ['text for numbers', { kind: 'json', body: { data: [{ index: 0, embedding: 'AAAA' }] } }],
    ['a missing number', { kind: 'json', body: { data: [{ index: 0, embedding: [null, 1] }] } }],
    ['a wrong index', { kind: 'json', body: { data: [{ index: 7, embedding: new Array(256).fill(1) }] } }],
    ['a zero vector', { kind: 'json', body: { data: [{ index: 0, embedding: new Array(256).fill(0) }] } }],
  ] as const)('does not take %s for an answer', async (_, behaviour) => {
    server.script('embeddings', behaviour);
    await expect(make().embed(['text'])).rejects.toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
      details: { kind: 'invalid_response' },
    });
    expect(received()).toHaveLength(1);
  });

  it('does not ask again with a wrong key, nor show it', async () => {
    const failure: unknown = await make({ apiKey: 'another-secret' })
      .embed(['text'])
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
      details: { kind: 'rejected', status: 401 },
    });
    expect(`${String(failure)} ${String((failure as Error).cause)}`).not.toContain('another-secret');
  });

  it('sends no key where none is configured', async () => {
    const open = await FakeOpenAiServer.start({ dimensions: 256 });
    await make({ baseUrl: open.url, apiKey: undefined }).embed(['text']);
    expect(open.received('embeddings')[0].authorization).toBeUndefined();
    await open.close();
  });

  describe('of a server that gives no answers', () => {
    const breaker = { failures: 2, openMs: 300 };
    const told: boolean[] = [];
    const onBreak = (isLeftAlone: boolean) => void told.push(isLeftAlone);
    beforeEach(() => (told.length = 0));
    const failure = (model: OpenAiEmbeddingModel, signal?: AbortSignal) =>
      model.embed(['text'], signal).then(
        () => null,
        (error: unknown) => error,
      );

    it('leaves it alone after some tries, and asks again after a while', async () => {
      const model = make({ maxTries: 1, breaker, onBreak });
      server.always('embeddings', { kind: 'status', status: 500 });
      await failure(model);
      await failure(model);
      expect(await failure(model)).toMatchObject({
        code: 'EMBEDDING_UNAVAILABLE',
        details: { kind: 'breaker_open' },
        retryAfterSeconds: 1,
      });
      expect(received()).toHaveLength(2);
      expect(told).toEqual([true]);
      server.reset();
      while ((await failure(model)) !== null) await new Promise(setImmediate);
      expect(received()).toHaveLength(1);
      expect(told).toEqual([true, false]);
    });

    it('also counts that nobody wanted to wait for it any longer, but no caller who hung up', async () => {
      const model = make({ maxTries: 1, breaker, onBreak });
      server.always('embeddings', { kind: 'hang' });
      const giveUp = async (reason: Error) => {
        const controller = new AbortController();
        const asked = received().length;
        const outcome = failure(model, controller.signal);
        while (received().length === asked) await new Promise(setImmediate);
        controller.abort(reason);
        expect(await outcome).toBe(reason);
      };
      for (let i = 0; i < 3; i++) await giveUp(new Error('the client hung up'));
      expect(told).toEqual([]);
      const outOfPatience = () =>
        new AppError('EMBEDDING_UNAVAILABLE', 'late', { details: { kind: 'timeout' } });
      for (let i = 0; i < 2; i++) await giveUp(outOfPatience());
      expect(told).toEqual([true]);
    });
  });

  it('says so if there is no server', async () => {
    const gone = await FakeOpenAiServer.start();
    await gone.close();
    await expect(make({ baseUrl: gone.url }).embed(['text'])).rejects.toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
      details: { kind: 'connection' },
    });
  });
});
