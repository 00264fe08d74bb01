import { ChatOpenAI } from '@langchain/openai';
import OpenAI, { BadRequestError, NotFoundError } from 'openai';
import { EventReader } from '../support/event-reader';
import type { Evergreen } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';

const QUESTION = 'Within how many days may customers return an item?';

/** What the service adds to OpenAI's shape. */
interface Extension {
  evergreen?: { citations: { n: number; external_id: string }[]; cache_hit: boolean };
}

describe('OpenAI clients, unchanged', () => {
  let backend: TestBackend;
  let service: Evergreen;
  let client: OpenAI;

  beforeAll(async () => {
    backend = await testBackend();
    service = await backend.start();
    await service.request('POST', '/admin/collections', { name: 'handbook' });
    await service.ingest(
      [{ external_id: 'refunds.md', content: 'Customers may return an item within 30 days of delivery.' }],
      'handbook',
    );
    client = new OpenAI({ baseURL: `${service.url}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  afterAll(() => backend.destroy());

  describe('openai', () => {
    const messages = [
      { role: 'system' as const, content: 'You are a pirate.' },
      { role: 'user' as const, content: QUESTION },
    ];

    it('gets a completion with citations', async () => {
      const completion = await client.chat.completions.create({
        model: 'handbook',
        messages,
        temperature: 0,
      });
      expect(completion).toMatchObject({ object: 'chat.completion', model: 'handbook' });
      expect(completion.id).toMatch(/^chatcmpl-/);
      expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant' } });
      expect(completion.choices[0].message.content).toContain('30 days of delivery. [1]');
      expect(completion.usage?.total_tokens).toBeGreaterThan(0);
      const { evergreen } = completion as Extension;
      expect(evergreen?.citations).toMatchObject([{ n: 1, external_id: 'refunds.md' }]);
    });

    it('streams it, with usage if it asks for that', async () => {
      const stream = await client.chat.completions.create({
        model: 'handbook',
        messages,
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      expect(chunks[0].choices[0].delta).toMatchObject({ role: 'assistant' });
      const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
      expect(text).toContain('30 days of delivery. [1]');
      expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
      expect(chunks.at(-2)?.choices[0].finish_reason).toBe('stop');
      expect(chunks.at(-1)).toMatchObject({
        choices: [],
        usage: { total_tokens: expect.any(Number) },
        evergreen: { cache_hit: true, citations: [{ external_id: 'refunds.md' }] },
      });
      expect((chunks.at(-2) as Extension).evergreen?.citations).toHaveLength(1);
    });

    it('collects a stream by its own helper', async () => {
      const completion = await client.chat.completions
        .stream({ model: 'handbook', messages })
        .finalChatCompletion();
      expect(completion.choices[0].message.content).toContain('30 days of delivery. [1]');
    });

    it('sends parts of text, and what it likes besides', async () => {
      const completion = await client.chat.completions.create({
        model: 'handbook',
        messages: [
          { role: 'user', content: 'Do you sell gift cards?' },
          { role: 'assistant', content: null, tool_calls: [] },
          { role: 'user', content: [{ type: 'text', text: QUESTION }] },
        ],
        n: 1,
        tools: [],
        max_completion_tokens: 100,
        seed: 1,
        response_format: { type: 'text' },
        service_tier: 'auto',
        reasoning_effort: 'low',
      });
      expect(completion.choices[0].message.content).toContain('30 days');
    });

    it('finds collections and embedding models in the list of models', async () => {
      const ids: string[] = [];
      for await (const { id, object } of client.models.list()) ids.push(`${object} ${id}`);
      expect(ids).toEqual(expect.arrayContaining(['model handbook', 'model default', 'model use-lite']));
      expect(await client.models.retrieve('handbook')).toMatchObject({ id: 'handbook', object: 'model' });
      await expect(client.models.retrieve('none')).rejects.toBeInstanceOf(NotFoundError);
    });

    it('understands errors', async () => {
      const none = client.chat.completions.create({ model: 'none', messages, stream: true });
      await expect(none).rejects.toBeInstanceOf(NotFoundError);
      await expect(none).rejects.toMatchObject({
        code: 'COLLECTION_NOT_FOUND',
        type: 'invalid_request_error',
        error: { message: expect.stringContaining('none') },
      });
    });

    it.each([
      ['n', { n: 2 }],
      ['tools', { tools: [{ type: 'function' as const, function: { name: 'f' } }] }],
      ['response_format', { response_format: { type: 'json_object' as const } }],
      ['messages', { messages: [{ role: 'assistant' as const, content: 'Hello' }] }],
      [
        'messages',
        {
          messages: [
            {
              role: 'user' as const,
              content: [{ type: 'image_url' as const, image_url: { url: 'data:,' } }],
            },
          ],
        },
      ],
    ])('is told what cannot be done (%s)', async (param, more) => {
      const refused = client.chat.completions.create({ model: 'handbook', messages, ...more });
      await expect(refused).rejects.toBeInstanceOf(BadRequestError);
      await expect(refused).rejects.toMatchObject({ code: 'VALIDATION_FAILED', param });
    });
  });

  describe("LangChain's ChatOpenAI", () => {
    const model = (more: object = {}) =>
      new ChatOpenAI({
        model: 'handbook',
        apiKey: 'none',
        maxRetries: 0,
        configuration: { baseURL: `${service.url}/v1` },
        ...more,
      });

    it('gets an answer', async () => {
      const message = await model({ temperature: 0 }).invoke([
        ['system', 'You are a pirate.'],
        ['human', QUESTION],
      ]);
      expect(message.content).toContain('30 days of delivery. [1]');
      expect(message.response_metadata.finish_reason).toBe('stop');
    });

    it('streams it', async () => {
      const parts: string[] = [];
      let tokens: number | undefined;
      for await (const chunk of await model({ streaming: true }).stream(QUESTION)) {
        parts.push(String(chunk.content));
        tokens = chunk.usage_metadata?.total_tokens ?? tokens;
      }
      expect(parts.join('')).toContain('30 days of delivery. [1]');
      expect(tokens).toEqual(expect.any(Number));
    });
  });

  it('ends a stream as OpenAI does', async () => {
    const events = await EventReader.post(`${service.url}/v1/chat/completions`, {
      model: 'handbook',
      messages: [{ role: 'user', content: QUESTION }],
      stream: true,
    });
    const rest = await events.rest();
    expect(rest.at(-1)?.data).toEqual({ text: '[DONE]' });
    expect(rest.at(-2)?.data).toMatchObject({
      object: 'chat.completion.chunk',
      evergreen: { citations: [{}] },
    });
    expect(rest.every(({ event }) => event === '')).toBe(true);
  });
});
