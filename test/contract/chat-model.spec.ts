import OpenAI from 'openai';
import type { ChatModel } from '../../src/models/chat-model';
import type { CompletionRequest } from '../../src/models/language-model';
import { chatModelOn } from '../support/chat-model';
import { FakeOpenAiServer } from '../support/fake-openai-server';

let server: FakeOpenAiServer;
let model: ChatModel;
beforeAll(async () => {
  server = await FakeOpenAiServer.start();
  model = chatModelOn(server.url);
});
afterEach(() => server.reset());
afterAll(async () => {
  model.close();
  await server.close();
});

const REQUEST: CompletionRequest = {
  tenantId: 'tenant',
  purpose: 'answer',
  model: 'gpt-4o-mini',
  messages: [
    { role: 'system', content: 'Answer strictly from the context.' },
    { role: 'user', content: '[1] Refunds take 30 days.\nHow long do refunds take?' },
  ],
  temperature: 0.2,
  maxTokens: 500,
};

describe('ChatModel', () => {
  it('sends messages and limits, and returns text and usage', async () => {
    await expect(model.complete(REQUEST)).resolves.toEqual({
      text: 'The sources answer "How long do refunds take?" [1].',
      model: 'gpt-4o-mini',
      promptTokens: 15,
      completionTokens: 9,
      costUsd: (15 * 0.15 + 9 * 0.6) / 1e6,
      finishReason: 'stop',
    });
    const { messages, temperature, max_tokens } = server.received('chat')[0].body;
    expect({ messages, temperature, max_tokens }).toEqual({
      messages: REQUEST.messages,
      temperature: 0.2,
      max_tokens: 500,
    });
  });

  it.each(['gpt-5-mini', 'o3'])('sends %s only what a reasoning model accepts', async (name) => {
    await model.complete({ ...REQUEST, model: name });
    const { body } = server.received('chat')[0];
    expect(body).toMatchObject({ max_completion_tokens: 500 });
    expect(body).not.toHaveProperty('temperature');
    expect(body).not.toHaveProperty('max_tokens');
  });

  it('estimates the usage where the server does not tell it', async () => {
    server.script('chat', { kind: 'answer', text: 'Thirty days [1].', usage: false });
    const { promptTokens, completionTokens } = await model.complete(REQUEST);
    expect(promptTokens).toBeGreaterThan(20);
    expect(promptTokens).toBeLessThan(40);
    expect(completionTokens).toBe(5);
  });

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'other'],
  ])('reports the finish reason %s as %s', async (finishReason, expected) => {
    server.script('chat', { kind: 'answer', finishReason });
    await expect(model.complete(REQUEST)).resolves.toMatchObject({ finishReason: expected });
  });

  it('takes a message without content for an empty one', async () => {
    const message = { role: 'assistant', content: null };
    server.script('chat', { kind: 'json', body: { choices: [{ finish_reason: 'stop', message }] } });
    await expect(model.complete(REQUEST)).resolves.toMatchObject({ text: '', model: 'gpt-4o-mini' });
  });

  it('succeeds at the third try', async () => {
    const busy = { kind: 'status', status: 429, headers: { 'retry-after-ms': '1' } } as const;
    server.script('chat', busy, { kind: 'status', status: 503 });
    await expect(model.complete(REQUEST)).resolves.toMatchObject({ finishReason: 'stop' });
    expect(server.received('chat')).toHaveLength(3);
  });

  it.each([
    ['rate_limit', { kind: 'status', status: 429, headers: { 'retry-after-ms': '1' } }, 3],
    ['server_error', { kind: 'status', status: 500 }, 3],
    ['connection', { kind: 'disconnect' }, 3],
    ['rejected', { kind: 'status', status: 400 }, 1],
    ['invalid_response', { kind: 'malformed' }, 1],
    ['invalid_response', { kind: 'json', body: { choices: [] } }, 1],
  ] as const)('fails with %s', async (kind, behaviour, tries) => {
    server.always('chat', behaviour);
    await expect(model.complete(REQUEST)).rejects.toMatchObject({
      code: 'LLM_UNAVAILABLE',
      retryable: true,
      details: { kind },
    });
    expect(server.received('chat')).toHaveLength(tries);
  });

  it.each(['hang', 'hang-in-body'] as const)('gives up three tries that %s', async (kind) => {
    server.always('chat', { kind });
    const impatient = chatModelOn(server.url, { timeoutMs: 50 });
    await expect(impatient.complete(REQUEST)).rejects.toMatchObject({
      code: 'LLM_UNAVAILABLE',
      details: { kind: 'timeout' },
    });
    expect(server.received('chat')).toHaveLength(3);
  });

  it('stops a request that its caller gave up', async () => {
    server.always('chat', { kind: 'hang' });
    const controller = new AbortController();
    const call = model.complete({ ...REQUEST, signal: controller.signal });
    const outcome = expect(call).rejects.toThrow('the caller went away');
    while (server.received('chat').length === 0) await new Promise(setImmediate);
    controller.abort(new Error('the caller went away'));
    await outcome;
  });
});

describe('the fake server', () => {
  it('streams the same answer to an OpenAI client', async () => {
    const client = new OpenAI({ baseURL: server.url, apiKey: 'test-key' });
    const stream = await client.chat.completions.create({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: 'How long do refunds take?' }],
      stream: true,
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('The sources answer "How long do refunds take?" [1].');
    expect(server.metered.completion).toBe(9);
  });
});
