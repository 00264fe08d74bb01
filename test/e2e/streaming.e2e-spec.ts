import { EventReader, textOf } from '../support/event-reader';
import { type Evergreen, eventually } from '../support/evergreen';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { type TestBackend, testBackend } from '../support/test-backend';

interface Answer {
  response: string;
  cache_hit: boolean;
  citations: { n: number }[];
  usage: { prompt_tokens: number };
}

const ANSWER = 'Customers may return an item within 30 days [1].';

describe('an answer as a stream', () => {
  let backend: TestBackend;
  let model: FakeOpenAiServer;
  let service: Evergreen;
  let questions = 0;

  /** A question that nobody has asked before, and that is like no other. */
  const newQuestion = () => `May item number ${++questions * 7919} be returned within 30 days?`;
  const bodyOf = (query: string) => ({ query, user_id: 'alice', stream: true });
  const open = (query: string, signal?: AbortSignal) =>
    EventReader.post(`${service.url}/query`, bodyOf(query), signal);
  const ask = (query: string) => service.request<Answer>('POST', '/query', { query, user_id: 'alice' });
  const generations = () => model.received('chat').length;
  const stallAfter = (words: number) => model.always('chat', { kind: 'stall-stream', text: ANSWER, words });

  beforeAll(async () => {
    backend = await testBackend();
    model = await FakeOpenAiServer.start({ answer: () => ANSWER });
    service = await backend.start({
      LLM_PROVIDER: 'openai',
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: 'none',
    });
    await service.ingest([
      { external_id: 'refunds.md', content: 'Customers may return an item within 30 days of delivery.' },
    ]);
  });
  beforeEach(() => model.reset());
  afterEach(() => model.release());
  afterAll(async () => {
    await backend.destroy();
    await model.close();
  });

  it('comes while the model is still writing, and is kept once it is complete', async () => {
    const question = newQuestion();
    stallAfter(3);
    const stream = await open(question);
    expect(stream.response.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(stream.response.headers.get('x-accel-buffering')).toBe('no');
    expect(stream.response.headers.get('x-request-id')).toMatch(/\S/);
    const meta = await stream.next();
    expect(meta).toMatchObject({
      event: 'meta',
      data: { cache_hit: false, citations: [{ n: 1, external_id: 'refunds.md' }], cache: { layer: 'none' } },
    });
    expect(await stream.next()).toEqual({ event: 'delta', data: { text: 'Customers' } });
    expect(generations()).toBe(1);
    model.release();
    const rest = await stream.rest();
    expect(`Customers${textOf(rest)}`).toBe(ANSWER);
    expect(rest.at(-1)).toMatchObject({
      event: 'done',
      data: {
        usage: { prompt_tokens: expect.any(Number) },
        latency_ms: expect.any(Number),
        sources: ['refunds.md'],
      },
    });
    expect((await ask(question)).body).toMatchObject({ response: ANSWER, cache_hit: true });
  });

  it('comes from the cache too', async () => {
    const question = newQuestion();
    await ask(question);
    const events = await (await open(question)).rest();
    expect(events[0]).toMatchObject({ event: 'meta', data: { cache_hit: true, cache: { layer: 'exact' } } });
    expect(textOf(events)).toBe(ANSWER);
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { usage: { prompt_tokens: 0 } } });
    expect(generations()).toBe(1);
  });

  it('is followed by all who ask the same meanwhile, from its beginning', async () => {
    const question = newQuestion();
    stallAfter(3);
    const leader = await open(question);
    await leader.next();
    await leader.next();
    const follower = await open(question);
    expect((await follower.next())?.event).toBe('meta');
    expect((await follower.next())?.data.text).toBe('Customers');
    model.release();
    const [first, second] = await Promise.all([leader.rest(), follower.rest()]);
    expect(textOf(first)).toBe(textOf(second));
    expect(generations()).toBe(1);
    expect(second.at(-1)).toMatchObject({ event: 'done', data: { usage: { prompt_tokens: 0 } } });
  });

  it('is broken off at the model when its client is gone, and not kept', async () => {
    const question = newQuestion();
    stallAfter(3);
    const client = new AbortController();
    const stream = await open(question, client.signal);
    await stream.next();
    client.abort();
    await eventually(() => Promise.resolve(model.abandoned === 1 || undefined), 'the model to be left');
    model.reset();
    expect((await ask(question)).body).toMatchObject({ cache_hit: false, response: ANSWER });
    expect(generations()).toBe(1);
  });

  it('also breaks off what nobody streams', async () => {
    model.always('chat', { kind: 'answer', delayMs: 5_000 });
    const client = new AbortController();
    const gone = fetch(`${service.url}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: newQuestion(), user_id: 'alice' }),
      signal: client.signal,
    });
    await eventually(() => Promise.resolve(generations() === 1 || undefined), 'the model to be asked');
    client.abort();
    await expect(gone).rejects.toThrow();
    await eventually(() => Promise.resolve(model.abandoned === 1 || undefined), 'the model to be left');
  });

  it('goes on for the others when one of its clients is gone', async () => {
    const question = newQuestion();
    stallAfter(3);
    const client = new AbortController();
    const leader = await open(question, client.signal);
    await leader.next();
    const follower = await open(question);
    await follower.next();
    client.abort();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(model.abandoned).toBe(0);
    model.release();
    expect(textOf(await follower.rest())).toBe(ANSWER);
    expect((await ask(question)).body.cache_hit).toBe(true);
  });

  it('fails with its status before the first word', async () => {
    model.always('chat', { kind: 'status', status: 401 });
    const { status, body } = await service.request('POST', '/query', bodyOf(newQuestion()));
    expect([status, body]).toEqual([503, { error: expect.objectContaining({ code: 'LLM_UNAVAILABLE' }) }]);
    const unknown = await service.request('POST', '/query', { ...bodyOf('Who?'), collection: 'none' });
    expect(unknown.status).toBe(404);
  });

  it('fails with an event after it, and is not kept', async () => {
    const question = newQuestion();
    model.script('chat', { kind: 'cut-stream', text: ANSWER, words: 4 });
    const events = await (await open(question)).rest();
    expect(events.map(({ event }) => event)).toEqual(['meta', 'delta', 'delta', 'delta', 'delta', 'error']);
    expect(events.at(-1)?.data).toMatchObject({ error: { code: 'LLM_UNAVAILABLE' } });
    expect((await ask(question)).body.cache_hit).toBe(false);
  });

  it('is not kept where the model stopped for want of tokens', async () => {
    const question = newQuestion();
    model.script('chat', { kind: 'answer', text: 'Customers may [1]', finishReason: 'length' });
    expect(textOf(await (await open(question)).rest())).toBe('Customers may [1]');
    expect((await ask(question)).body).toMatchObject({ cache_hit: false, response: ANSWER });
  });

  it('says that there is no answer without any citation', async () => {
    model.script('chat', { kind: 'answer', text: 'NO_ANSWER' });
    const events = await (await open(newQuestion())).rest();
    expect(events[0]).toMatchObject({ event: 'meta', data: { citations: [], sources: [] } });
    expect(textOf(events)).toContain('do not answer');
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { citations: [] } });
  });

  it('is told in full when the service is asked to stop', async () => {
    stallAfter(3);
    const stream = await open(newQuestion());
    await stream.next();
    const exit = service.stop();
    await new Promise((resolve) => setTimeout(resolve, 200));
    model.release();
    const events = await stream.rest();
    expect(textOf(events)).toBe(ANSWER);
    expect(events.at(-1)?.event).toBe('done');
    expect(await exit).toBe(0);
  });
});
