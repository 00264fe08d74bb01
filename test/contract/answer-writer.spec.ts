import { NO_ANSWER_TEXT, type WriteOptions } from '../../src/generation/answer-writer';
import { ChatAnswerWriter } from '../../src/generation/drivers/chat-answer-writer';
import { ExtractiveAnswerWriter } from '../../src/generation/drivers/extractive-answer-writer';
import { AppConfig } from '../../src/config/app-config';
import type { ChatModel } from '../../src/models/chat-model';
import { chatModelOn } from '../support/chat-model';
import { countWords, FakeOpenAiServer } from '../support/fake-openai-server';
import { answerWriterContract, EVIDENCE, OPTIONS } from './answer-writer.contract';

answerWriterContract('ExtractiveAnswerWriter', () => Promise.resolve(new ExtractiveAnswerWriter(countWords)));

describe('with a language model', () => {
  let server: FakeOpenAiServer;
  let model: ChatModel;
  let writer: ChatAnswerWriter;

  async function makeWriter(): Promise<ChatAnswerWriter> {
    server = await FakeOpenAiServer.start();
    const { llm } = AppConfig.parse({
      LLM_PROVIDER: 'openai',
      OPENAI_BASE_URL: server.url,
      OPENAI_API_KEY: 'k',
    });
    model = chatModelOn(server.url, { timeoutMs: 1000 });
    return new ChatAnswerWriter(model, llm);
  }

  beforeAll(async () => {
    writer = await makeWriter();
  });
  beforeEach(() => server.reset());
  afterAll(async () => {
    model.close();
    await server.close();
  });

  answerWriterContract('ChatAnswerWriter', () => Promise.resolve(writer));

  const ask = (options: Partial<WriteOptions> = {}) =>
    writer.write('Within how many days?', EVIDENCE, { ...OPTIONS, ...options });

  it('asks strictly from the context, with the configured parameters', async () => {
    await ask();
    const [{ body }] = server.received('chat');
    expect(body).toMatchObject({ model: 'gpt-4o-mini', temperature: 0.2, max_tokens: 500 });
    expect(JSON.stringify(body)).toContain('strictly from the numbered passages');
    expect(JSON.stringify(body)).toContain('Customers may return an item within 30 days.');
  });

  it('asks no model without evidence', async () => {
    await writer.write('Anything?', [], OPTIONS);
    expect(server.received('chat')).toHaveLength(0);
  });

  it('tells what it cost', async () => {
    const { usage } = await ask();
    expect(usage.costUsd).toBeCloseTo((usage.promptTokens * 0.15 + usage.completionTokens * 0.6) / 1e6, 12);
  });

  it('drops citations of passages that it did not show', async () => {
    server.script('chat', { kind: 'answer', text: 'Within 30 days [1]. Also on Mars [9].' });
    expect(await ask()).toMatchObject({ text: 'Within 30 days [1]. Also on Mars.', cited: [1] });
  });

  it('never says a citation that it has to drop, not even for a moment', async () => {
    server.script('chat', { kind: 'answer', text: 'Within 30 days [1]. Also on Mars [9] . Yes [1, 8].' });
    const pieces: string[] = [];
    const { text } = await ask({ onDelta: (piece) => void pieces.push(piece) });
    expect(text).toBe('Within 30 days [1]. Also on Mars . Yes [1].');
    expect(pieces.join('')).toBe(text);
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.join('|')).not.toMatch(/[89]/);
  });

  it('says no part of a refusal', async () => {
    server.script('chat', { kind: 'answer', text: 'NO_ANSWER is what I have to say.' });
    const pieces: string[] = [];
    await ask({ onDelta: (piece) => void pieces.push(piece) });
    expect(pieces).toEqual([NO_ANSWER_TEXT]);
  });

  it('fails once it has said something, and does not try again', async () => {
    server.script('chat', { kind: 'cut-stream', text: 'Within 30 days of delivery', words: 3 });
    const pieces: string[] = [];
    const asked = ask({ onDelta: (piece) => void pieces.push(piece) });
    await expect(asked).rejects.toMatchObject({ code: 'LLM_UNAVAILABLE', details: { kind: 'connection' } });
    expect(pieces.join('')).toBe('Within 30 days');
    expect(server.received('chat')).toHaveLength(1);
  });

  it('tries again where nobody heard the beginning', async () => {
    server.script('chat', { kind: 'cut-stream', text: 'Within 30 days of delivery', words: 3 });
    expect(await ask()).toMatchObject({ answered: true });
    expect(server.received('chat')).toHaveLength(2);
  });

  it.each(['NO_ANSWER', 'NO_ANSWER.', ''])('understands that there is no answer (%j)', async (text) => {
    server.script('chat', { kind: 'answer', text });
    expect(await ask()).toMatchObject({ text: NO_ANSWER_TEXT, cited: [], answered: false });
  });

  it('marks an answer that was cut off', async () => {
    server.script('chat', { kind: 'answer', text: 'Within 30 days [1], but', finishReason: 'length' });
    expect(await ask()).toMatchObject({ complete: false });
  });

  it('tries three times', async () => {
    server.script('chat', { kind: 'status', status: 500 }, { kind: 'status', status: 429 });
    expect(await ask()).toMatchObject({ answered: true });
    expect(server.received('chat')).toHaveLength(3);
  });

  it('then says that the model is unavailable', async () => {
    server.always('chat', { kind: 'status', status: 500 });
    await expect(ask()).rejects.toMatchObject({ code: 'LLM_UNAVAILABLE', status: 503 });
    expect(server.received('chat')).toHaveLength(3);
    server.always('chat', { kind: 'answer' });
  });
});
