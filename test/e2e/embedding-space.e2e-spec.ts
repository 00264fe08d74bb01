import { type Evergreen, eventually } from '../support/evergreen';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { type TestBackend, testBackend } from '../support/test-backend';

interface Space {
  id: number;
  model: string;
  dimensions: number;
  storage: string;
  state: string;
  behind: boolean;
  upgrade: {
    stage: string;
    paused: boolean;
    progress: number;
    error: string | null;
    comparison: { questions: number; overlap: number; recall: number } | null;
    answers_moved: number;
  } | null;
}
interface Refusal {
  error: { code: string; message: string; details: Record<string, unknown> };
}

const TOPICS = [
  'refunds',
  'shipping',
  'warranty',
  'parking',
  'holidays',
  'expenses',
  'passwords',
  'visitors',
];
const documentOf = (topic: string, i: number) => ({
  external_id: `${topic}.md`,
  content: `# ${topic}\n\nThe rule about ${topic} is number ${100 + i}. Ask the desk on floor ${i} about ${topic}.\n`,
  mime_type: 'text/markdown',
});
const questionOf = (topic: string) => `What is the rule about ${topic}?`;
const NEW = { model: 'text-embedding-3-large', dimensions: 3072 };

describe('an upgrade of the embedding space', () => {
  jest.setTimeout(120_000);
  let backend: TestBackend;
  let model: FakeOpenAiServer;
  let service: Evergreen;
  let settings: Record<string, string>;
  let id: number;

  const call = (method: string, path: string, body?: unknown) =>
    service.request<Space>(method, `/admin/embedding-spaces${path}`, body);
  const refusal = async (method: string, path: string, body?: unknown) => {
    const { status, body: answer } = await service.request<Refusal>(
      method,
      `/admin/embedding-spaces${path}`,
      body,
    );
    return { status, ...answer.error };
  };
  const space = async (of: number) => (await call('GET', `/${of}`)).body;
  const until = (of: number, what: string, holds: (space: Space) => boolean) =>
    eventually(async () => {
      const now = await space(of);
      if (now.upgrade?.error) throw new Error(now.upgrade.error);
      return holds(now) ? now : undefined;
    }, what);
  const ask = async (topic: string) => {
    const { status, body } = await service.request<{
      sources: string[];
      cache_hit: boolean;
      cache: { layer: string; validated_by: string };
    }>('POST', '/query', { query: questionOf(topic), user_id: 'alice', top_k: 1 });
    return { status, ...body };
  };
  const vectorSearch = async (topic: string) => {
    const { status, body } = await service.request<{
      passages: { external_id: string; vector_score: number }[];
    }>('POST', '/search', { query: questionOf(topic), mode: 'vector', top_k: 3 });
    expect(status).toBe(200);
    return body.passages[0].external_id;
  };

  beforeAll(async () => {
    model = await FakeOpenAiServer.start();
    backend = await testBackend();
    settings = {
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: 'key',
      SPACE_DROP_DELAY_SECONDS: '2',
      RECENT_QUESTIONS_PER_MINUTE: '60000',
    };
    service = await backend.start(settings);
    await service.ingest(TOPICS.map(documentOf));
  });
  afterAll(async () => {
    await backend.destroy();
    await model.close();
  });

  it('is refused with the reason where it cannot be', async () => {
    expect(await refusal('POST', '', { model: 'word-hash', dimensions: 4001 })).toMatchObject({
      status: 400,
      code: 'VALIDATION_FAILED',
      message: expect.stringContaining('halfvec of up to 4000'),
    });
    expect(await refusal('POST', '', { model: 'use-lite-int8-v2', dimensions: 256 })).toMatchObject({
      status: 400,
      message: expect.stringContaining('dimensions: EMBEDDING_DIMENSIONS must be 512'),
    });
    // The endpoint returns 256 dimensions unless it is asked for more, which only OpenAI's own models are.
    expect(await refusal('POST', '', { model: 'other', dimensions: 300 })).toMatchObject({
      status: 400,
      message: expect.stringContaining('dimensions: must be 256, which other returns'),
    });
    expect(await refusal('POST', '', { model: 'use-lite', dimensions: 512 })).toMatchObject({
      status: 409,
      code: 'EMBEDDING_SPACE_CONFLICT',
    });
    expect(await refusal('GET', '/99')).toMatchObject({ status: 404, code: 'EMBEDDING_SPACE_NOT_FOUND' });
    expect(await refusal('POST', '/99999999999/promote', {})).toMatchObject({ status: 404 });
    expect(await refusal('POST', '/1/rollback')).toMatchObject({ status: 409 });
    expect(await refusal('POST', '/1/retire')).toMatchObject({ status: 409 });
    expect(await refusal('POST', '/1/cancel')).toMatchObject({ status: 409 });
  });

  it('tells what it costs before it begins', async () => {
    const { status, body } = await service.request<{ estimate: Record<string, number> }>(
      'POST',
      '/admin/embedding-spaces',
      { ...NEW, dry_run: true },
    );
    expect(status).toBe(200);
    expect(body.estimate).toMatchObject({ chunks: TOPICS.length, cached_share: 0 });
    expect(body.estimate.tokens).toBeGreaterThan(100);
    expect(body.estimate.cost_usd).toBeCloseTo((body.estimate.tokens * 0.13) / 1e6, 6);
    expect(await refusal('POST', '', { ...NEW, max_cost_usd: 0, usd_per_million_tokens: 5 })).toMatchObject({
      status: 409,
      details: { estimate: { chunks: TOPICS.length } },
    });
  });

  it('goes on publishing while the new model is away, and waits for it', async () => {
    for (const topic of TOPICS) expect((await ask(topic)).sources).toContain(`${topic}.md`);
    // There for the question whether it is there, and for nothing else.
    model.script('embeddings', { kind: 'answer' });
    model.always('embeddings', { kind: 'status', status: 400 });
    const created = await call('POST', '', NEW);
    expect(created.status).toBe(202);
    id = created.body.id;
    expect(created.body).toMatchObject({ ...NEW, storage: 'halfvec', state: 'backfilling' });
    await eventually(async () => (await space(id)).upgrade?.error ?? undefined, 'the backfill to notice');
    expect(await refusal('POST', `/${id}/promote`, {})).toMatchObject({ status: 409 });

    const job = await service.ingest([documentOf('gifts', 8)]);
    expect(job.status).toBe('completed');
    expect((await ask('gifts')).sources).toContain('gifts.md');
    expect((await space(id)).behind).toBe(true);
  });

  it('can be paused and resumed', async () => {
    expect((await call('POST', `/${id}/pause`)).body.upgrade).toMatchObject({ paused: true });
    model.always('embeddings', { kind: 'answer' });
    expect((await call('POST', `/${id}/resume`, {})).body.upgrade).toMatchObject({
      paused: false,
      error: null,
    });
    const ready = await until(id, 'the space to be ready', ({ state }) => state === 'ready');
    expect(ready.behind).toBe(false);
    expect(ready.upgrade).toMatchObject({ stage: 'done', progress: 1 });
    expect(ready.upgrade!.comparison).toMatchObject({ recall: 1 });
    expect(ready.upgrade!.comparison!.questions).toBeGreaterThan(TOPICS.length);
    // Everything is answered as before.
    expect(await vectorSearch('parking')).toBe('parking.md');
    expect(await ask('parking')).toMatchObject({ cache_hit: true });
  });

  it('promotes at once, takes the cached answers along, and writes new documents to both spaces', async () => {
    const promotedAtMs = Date.now();
    const promoted = await call('POST', `/${id}/promote`, { force: true });
    expect(promoted.body).toMatchObject({ id, state: 'active' });
    expect(await space(1)).toMatchObject({ state: 'ready' });
    await until(id, 'the answers to be moved', ({ upgrade }) => upgrade?.stage === 'done');
    expect((await space(id)).upgrade!.answers_moved).toBeGreaterThanOrEqual(TOPICS.length);
    // By now its copy of the active space, which may be a second old, is that of the new one.
    await eventually(
      async () => (Date.now() - promotedAtMs > 1000 ? true : undefined),
      'the service to see the promotion',
    );
    expect(await ask('parking')).toMatchObject({ cache_hit: true, cache: { validated_by: 'context' } });
    expect(await ask('parking')).toMatchObject({ cache_hit: true, cache: { validated_by: 'epoch' } });
    for (const topic of TOPICS) {
      expect(await vectorSearch(topic)).toBe(`${topic}.md`);
      expect((await ask(topic)).sources).toContain(`${topic}.md`);
    }
    const { body } = await service.request<{ data: { id: string }[] }>('GET', '/v1/models');
    expect(body.data.map((one) => one.id)).toEqual(expect.arrayContaining([NEW.model, 'use-lite']));
    await service.ingest([documentOf('bicycles', 9)]);
    expect(await vectorSearch('bicycles')).toBe('bicycles.md');
  });

  it('starts with the model of either space in its settings, and says so where it is not the active one', async () => {
    const start = async (env: Record<string, string>) => {
      expect(await service.stop()).toBe(0);
      service = await backend.start({ ...settings, ...env });
      expect(await vectorSearch('parking')).toBe('parking.md');
      return service.log;
    };
    expect(await start({})).toContain(`Set EMBEDDING_MODEL=${NEW.model} and EMBEDDING_DIMENSIONS=3072`);
    const log = await start({
      EMBEDDING_PROVIDER: 'openai',
      EMBEDDING_MODEL: NEW.model,
      EMBEDDING_DIMENSIONS: '3072',
    });
    expect(log).not.toContain('Set EMBEDDING_MODEL');
  });

  it('goes back as quickly, with what came meanwhile', async () => {
    expect((await call('POST', `/${id}/rollback`)).body).toMatchObject({ id: 1, state: 'active' });
    await eventually(
      async () => ((await vectorSearch('bicycles')) === 'bicycles.md' ? true : undefined),
      'the document that came meanwhile',
    );
    for (const topic of TOPICS) expect((await ask(topic)).sources).toContain(`${topic}.md`);
  });

  it('drops what is retired, but not in its grace period', async () => {
    expect(await refusal('POST', `/${id}/retire`)).toMatchObject({
      status: 409,
      message: expect.stringContaining('is kept for a rollback until'),
    });
    expect((await call('POST', `/${id}/retire`, { force: true })).status).toBe(202);
    await until(id, 'the table to be dropped', ({ upgrade }) => upgrade?.stage === 'done');
    expect(await space(id)).toMatchObject({ state: 'retired' });
    const job = await service.ingest([documentOf('lockers', 10)]);
    expect(job.status).toBe('completed');
    expect((await ask('lockers')).sources).toContain('lockers.md');
    // The same again is another space.
    const again = await call('POST', '', NEW);
    expect(again.body.id).toBe(id + 1);
    await until(again.body.id, 'the second one to be ready', ({ state }) => state === 'ready');
    expect((await call('POST', `/${again.body.id}/cancel`)).status).toBe(202);
    await until(again.body.id, 'its table to be dropped', ({ upgrade }) => upgrade?.stage === 'done');
  });
});
