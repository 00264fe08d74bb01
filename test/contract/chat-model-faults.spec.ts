import { systemClock } from '../../src/common/clock';
import type { ChatModel, ChatModelSettings } from '../../src/models/chat-model';
import type { CompletionRequest } from '../../src/models/language-model';
import { Metrics } from '../../src/observability/metrics';
import { MemoryTokenBuckets } from '../../src/redis/drivers/memory-token-buckets';
import { chatModelOn, RecordingMeter } from '../support/chat-model';
import { type Behaviour, FakeOpenAiServer } from '../support/fake-openai-server';

jest.setTimeout(30_000);

const FALLBACK = 'gpt-fallback';
const TEXT = 'Refunds are issued within thirty days [1].';

let server: FakeOpenAiServer;
let meter: RecordingMeter;
let metrics: Metrics;
const models: ChatModel[] = [];
beforeAll(async () => {
  server = await FakeOpenAiServer.start();
});
beforeEach(() => {
  server.reset();
  meter = new RecordingMeter();
  metrics = new Metrics();
});
afterEach(() => models.splice(0).forEach((model) => model.close()));
afterAll(() => server.close());

function open(settings: Partial<ChatModelSettings> = {}): ChatModel {
  const buckets = new MemoryTokenBuckets(systemClock);
  const model = chatModelOn(server.url, { timeoutMs: 300, ...settings }, { meter, metrics, buckets });
  models.push(model);
  return model;
}

const REQUEST: CompletionRequest = {
  tenantId: 'tenant',
  purpose: 'answer',
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'How long do refunds take?' }],
  temperature: 0,
  maxTokens: 50,
};
const asked = () => server.received('chat').map(({ body }) => body.model);
const elapsed = async (work: Promise<unknown>): Promise<number> => {
  const startMs = performance.now();
  await work.catch(() => undefined);
  return performance.now() - startMs;
};
const countOf = async (name: 'llmErrors' | 'rateLimited', labels: Record<string, string>) =>
  (await metrics[name].get()).values.find((value) =>
    Object.entries(labels).every(([label, wanted]) => value.labels[label as never] === wanted),
  )?.value ?? 0;

/** Each fault of a provider, how it is called, and in how many tries it is met. */
const FAULTS: [string, Behaviour, string, number][] = [
  ['a storm of 429', { kind: 'status', status: 429, headers: { 'retry-after-ms': '1' } }, 'rate_limit', 3],
  ['a 500', { kind: 'status', status: 500 }, 'server_error', 3],
  ['a socket that hangs', { kind: 'hang' }, 'timeout', 3],
  ['a body that hangs', { kind: 'hang-in-body' }, 'timeout', 3],
  ['a stream that stalls', { kind: 'stall-stream', text: TEXT, words: 2 }, 'timeout', 3],
  ['a slow drip', { kind: 'drip', everyMs: 20 }, 'timeout', 3],
  ['a reset before the answer', { kind: 'disconnect' }, 'connection', 3],
  ['a reset in mid-stream', { kind: 'cut-stream', text: TEXT, words: 2 }, 'connection', 3],
  ['malformed JSON', { kind: 'malformed' }, 'invalid_response', 1],
  ['malformed events', { kind: 'malformed-stream' }, 'invalid_response', 1],
  ['no choices', { kind: 'json', body: { choices: [] } }, 'invalid_response', 1],
  ['null', { kind: 'json', body: null }, 'invalid_response', 1],
  ['a page of HTML', { kind: 'html' }, 'invalid_response', 1],
  ['a refusal', { kind: 'status', status: 400 }, 'rejected', 1],
];

describe.each(FAULTS)('%s', (_what, behaviour, kind, tries) => {
  it(`is met in ${tries} tries and told as ${kind}`, async () => {
    server.always('chat', behaviour);
    await expect(open().complete(REQUEST)).rejects.toMatchObject({
      code: 'LLM_UNAVAILABLE',
      details: { kind },
    });
    expect(asked()).toHaveLength(tries);
    expect(await countOf('llmErrors', { model: 'gpt-4o-mini', kind })).toBe(tries);
  });

  it('is overcome by the fallback', async () => {
    server.script('chat', ...new Array<Behaviour>(tries).fill(behaviour));
    const { model } = await open({ fallbackModel: FALLBACK }).complete(REQUEST);
    expect(model).toBe(FALLBACK);
    expect(asked()).toEqual([...new Array<string>(tries).fill('gpt-4o-mini'), FALLBACK]);
  });

  it('is in the books as the provider meters it', async () => {
    server.always('chat', behaviour);
    await open()
      .complete(REQUEST)
      .catch(() => undefined);
    expect(meter.calls).toHaveLength(tries);
    expect(meter.calls.every(({ used }) => used !== null)).toBe(true);
    const answered = server.metered.completion > 0;
    expect(meter.total.completionTokens > 0).toBe(answered);
    const refused = behaviour.kind === 'status';
    expect(meter.calls.map(({ certain }) => certain)).toEqual(new Array(tries).fill(refused));
  });
});

describe('pauses', () => {
  const busy = (headers: Record<string, string>): Behaviour => ({ kind: 'status', status: 429, headers });

  it('are as long as Retry-After asks, in seconds', async () => {
    server.script('chat', busy({ 'retry-after': '1' }));
    const ms = await elapsed(open().complete(REQUEST));
    expect(ms).toBeGreaterThan(990);
    expect(asked()).toHaveLength(2);
  });

  it('are as long as Retry-After asks, until a date', async () => {
    server.script('chat', busy({ 'retry-after': new Date(Date.now() + 2000).toUTCString() }));
    expect(await elapsed(open().complete(REQUEST))).toBeGreaterThan(700);
    expect(asked()).toHaveLength(2);
  });

  it('are kept by all questions to that model, and by none to another', async () => {
    server.script('chat', busy({ 'retry-after': '1' }));
    const model = open();
    const first = model.complete(REQUEST);
    while (asked().length === 0) await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const others = Array.from({ length: 5 }, () => model.complete(REQUEST));
    await model.complete({ ...REQUEST, model: 'other' });
    expect(asked()).toEqual(['gpt-4o-mini', 'other']);
    await Promise.all([first, ...others]);
    expect(asked()).toHaveLength(8);
  });

  it('longer than a question can wait send it to the fallback without asking again', async () => {
    server.script('chat', busy({ 'retry-after': '5' }));
    const model = open({ deadlineMs: 2000, fallbackModel: FALLBACK });
    for (let i = 0; i < 3; i++) expect((await model.complete(REQUEST)).model).toBe(FALLBACK);
    expect(asked()).toEqual(['gpt-4o-mini', FALLBACK, FALLBACK, FALLBACK]);
  });

  it('are not begun where Retry-After is longer than the question can wait; its asker is told', async () => {
    server.script('chat', busy({ 'retry-after': '60' }));
    const refusal = open().complete(REQUEST);
    await expect(refusal).rejects.toMatchObject({ details: { kind: 'rate_limit' }, retryAfterSeconds: 60 });
    expect(asked()).toHaveLength(1);
  });

  it('double', async () => {
    server.always('chat', { kind: 'status', status: 500 });
    // 100 and 200 ms, each shortened by up to half.
    const ms = await elapsed(open({ initialBackoffMs: 100 }).complete(REQUEST));
    expect(ms).toBeGreaterThan(145);
    expect(ms).toBeLessThan(1500);
  });
});

describe('the deadline', () => {
  it('holds over all tries and the fallback', async () => {
    server.always('chat', { kind: 'hang' });
    const model = open({ timeoutMs: 400, deadlineMs: 1000, maxTries: 10, fallbackModel: FALLBACK });
    const work = model.complete(REQUEST);
    await expect(work).rejects.toMatchObject({ code: 'LLM_UNAVAILABLE', details: { kind: 'timeout' } });
    expect(await elapsed(work)).toBeLessThan(1500);
    expect(asked()).toContain(FALLBACK);
    expect(server.received('chat').length).toBeLessThan(5);
  });

  it('ends a pause that would outlast it', async () => {
    server.always('chat', busyFor(5));
    expect(await elapsed(open({ deadlineMs: 500 }).complete(REQUEST))).toBeLessThan(450);
  });
});

const busyFor = (seconds: number): Behaviour => ({
  kind: 'status',
  status: 429,
  headers: { 'retry-after': String(seconds) },
});

describe('the breaker', () => {
  const settings = { maxTries: 1, breaker: { failures: 2, openMs: 200 } };

  it('leaves a failing model alone, each for itself, and tries it again after a while', async () => {
    server.always('chat', { kind: 'status', status: 500 });
    const model = open(settings);
    for (let i = 0; i < 4; i++) await model.complete(REQUEST).catch(() => undefined);
    expect(asked()).toHaveLength(2);
    await expect(model.complete(REQUEST)).rejects.toMatchObject({
      code: 'LLM_UNAVAILABLE',
      details: { kind: 'breaker_open' },
      retryAfterSeconds: 1,
    });
    expect(await countOf('llmErrors', { kind: 'breaker_open' })).toBe(3);
    await expect(model.complete({ ...REQUEST, model: 'other' })).rejects.toMatchObject({
      details: { kind: 'server_error' },
    });
    server.always('chat', { kind: 'answer' });
    await new Promise((resolve) => setTimeout(resolve, 210));
    await expect(model.complete(REQUEST)).resolves.toMatchObject({ finishReason: 'stop' });
  });

  it('sends the questions to the fallback at once', async () => {
    server.script(
      'chat',
      { kind: 'status', status: 500 },
      { kind: 'answer' },
      { kind: 'status', status: 500 },
    );
    const model = open({ ...settings, fallbackModel: FALLBACK });
    for (let i = 0; i < 3; i++) expect((await model.complete(REQUEST)).model).toBe(FALLBACK);
    expect(asked()).toEqual(['gpt-4o-mini', FALLBACK, 'gpt-4o-mini', FALLBACK, FALLBACK]);
  });

  it('is not opened by limits, but by an account that is out of credit', async () => {
    server.always('chat', { kind: 'status', status: 429, headers: { 'retry-after-ms': '1' } });
    const model = open(settings);
    for (let i = 0; i < 4; i++) await model.complete(REQUEST).catch(() => undefined);
    expect(asked()).toHaveLength(4);
    server.always('chat', { kind: 'status', status: 429, code: 'insufficient_quota' });
    for (let i = 0; i < 4; i++) await model.complete(REQUEST).catch(() => undefined);
    expect(asked()).toHaveLength(6);
  });

  it('is not opened by requests that are wrong, nor by callers that go away', async () => {
    server.always('chat', { kind: 'status', status: 400 });
    const model = open(settings);
    for (let i = 0; i < 3; i++) await model.complete(REQUEST).catch(() => undefined);
    server.always('chat', { kind: 'hang' });
    for (let i = 0; i < 3; i++)
      await model.complete({ ...REQUEST, signal: AbortSignal.timeout(20) }).catch(() => undefined);
    server.always('chat', { kind: 'answer' });
    await expect(model.complete(REQUEST)).resolves.toMatchObject({ finishReason: 'stop' });
  });
});

describe('limits', () => {
  it('lets so many calls be under way and so many wait, and refuses the others', async () => {
    server.always('chat', { kind: 'answer', delayMs: 100 });
    const model = open({ maxConcurrent: 2, timeoutMs: 5000 });
    const outcomes = await Promise.allSettled(Array.from({ length: 14 }, () => model.complete(REQUEST)));
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(4);
    expect(refused[0]).toMatchObject({ reason: { code: 'RATE_LIMITED', status: 429 } });
    expect(await countOf('rateLimited', { limit: 'llm_concurrency' })).toBe(4);
  });

  it('asks as often per minute as it may', async () => {
    const model = open({ perMinute: { requests: 2, tokens: null }, deadlineMs: 1000 });
    await model.complete(REQUEST);
    await model.complete(REQUEST);
    await expect(model.complete(REQUEST)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      details: { limit: 'llm_requests' },
      retryAfterSeconds: 30,
    });
    expect(asked()).toHaveLength(2);
    await expect(model.complete({ ...REQUEST, model: 'other' })).resolves.toBeDefined();
    expect(await countOf('rateLimited', { limit: 'llm_requests' })).toBe(1);
  });

  it('waits for its turn where that is soon', async () => {
    const model = open({
      perMinute: { requests: 600, tokens: null },
      maxConcurrent: 1000,
      timeoutMs: 20_000,
    });
    await Promise.all(Array.from({ length: 600 }, () => model.complete(REQUEST)));
    const ms = await elapsed(Promise.all(Array.from({ length: 12 }, () => model.complete(REQUEST))));
    expect(ms).toBeLessThan(5000);
    expect(asked()).toHaveLength(612);
  });

  it('reserves tokens for the longest answer and gives back what was not used', async () => {
    // 59 are reserved, and 14 used.
    const model = open({ perMinute: { requests: null, tokens: 100 }, deadlineMs: 1000 });
    await model.complete(REQUEST);
    await model.complete(REQUEST);
    await expect(model.complete({ ...REQUEST, maxTokens: 90 })).rejects.toMatchObject({
      details: { limit: 'llm_tokens' },
    });
  });
});

describe('a caller that goes away', () => {
  it('ends the call at the provider', async () => {
    server.always('chat', { kind: 'stall-stream', text: TEXT, words: 3 });
    const controller = new AbortController();
    let said = '';
    const work = open({ timeoutMs: 10_000 }).complete({
      ...REQUEST,
      signal: controller.signal,
      onDelta: (text) => (said += text),
    });
    const outcome = expect(work).rejects.toThrow('gone');
    while (said !== 'Refunds are issued ') await new Promise(setImmediate);
    controller.abort(new Error('gone'));
    await outcome;
    while (server.abandoned === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(meter.calls).toMatchObject([{ used: { completionTokens: 5 }, certain: false }]);
  });

  it('ends the waiting for a turn and the pauses, too', async () => {
    server.always('chat', busyFor(5));
    const signal = AbortSignal.timeout(50);
    expect(await elapsed(open().complete({ ...REQUEST, signal }))).toBeLessThan(1000);
    expect(asked()).toHaveLength(1);
  });
});
