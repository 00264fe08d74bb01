import type { Evergreen } from '../support/evergreen';
import { citingAnswer, FakeOpenAiServer } from '../support/fake-openai-server';
import { type TestBackend, testBackend } from '../support/test-backend';

interface Answer {
  response: string;
  cache: { layer: string; matched_query: string | null };
  usage: { prompt_tokens: number; completion_tokens: number; saved_tokens: number };
}

const QUESTION = 'Within how many days may customers return an item?';
/** Alike enough to be compared, and not enough for the verifier. */
const REWORDED = 'What is the deadline for sending an item back?';
const isJudging = (messages: { content: string }[]) => messages[0].content.includes('compare two questions');

describe.each(['always', 'doubtful'] as const)('a judge that is asked when the setting is %s', (judge) => {
  let backend: TestBackend;
  let model: FakeOpenAiServer;
  let service: Evergreen;
  let verdict = 'SAME';

  const ask = async (query: string) => {
    const { status, body } = await service.request<Answer>('POST', '/query', {
      query,
      user_id: 'alice',
      top_k: 1,
    });
    expect(status).toBe(200);
    return body;
  };
  const judgements = () => model.received('chat').filter(({ body }) => isJudging(body.messages ?? [])).length;

  beforeAll(async () => {
    backend = await testBackend();
    model = await FakeOpenAiServer.start({
      answer: (messages) => (isJudging(messages) ? verdict : citingAnswer(messages)),
    });
    service = await backend.start({
      LLM_PROVIDER: 'openai',
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: 'none',
      SEMANTIC_CACHE_JUDGE: judge,
      SEMANTIC_CACHE_JUDGE_MODEL: 'small-judge',
      SEMANTIC_CACHE_THRESHOLD: '0.6',
    });
    await service.ingest([
      { external_id: 'refunds.md', content: 'Customers may return an item within 30 days of delivery.' },
    ]);
  });
  beforeEach(async () => {
    model.reset();
    await service.request('DELETE', '/admin/cache');
    // After a change, wordings of earlier tests are compared anew.
    await service.ingest([{ external_id: 'note.md', content: `Nothing of note, ${Date.now()}.` }]);
  });
  afterAll(async () => {
    await backend.destroy();
    await model.close();
  });

  it('serves what it calls the same, and counts its tokens', async () => {
    verdict = 'SAME';
    await ask(QUESTION);
    const { cache, usage } = await ask(REWORDED);
    expect(cache).toMatchObject({ layer: 'semantic', matched_query: QUESTION });
    expect(judgements()).toBe(1);
    expect(model.received('chat').at(-1)?.body.model).toBe('small-judge');
    expect(usage.prompt_tokens).toBeGreaterThan(0);
    expect(usage.saved_tokens).toBeGreaterThan(0);
  });

  it.each(['It cannot say.', ''])('goes by the verifier when it says %j', async (words) => {
    verdict = words;
    await ask(QUESTION);
    const { cache } = await ask(REWORDED);
    expect(judgements()).toBe(1);
    expect(cache.layer).toBe('none');
  });

  it('answers anew what it calls different, and is not asked about that pair again', async () => {
    verdict = 'DIFFERENT';
    await ask(QUESTION);
    expect((await ask(REWORDED)).cache.layer).toBe('none');
    expect(judgements()).toBe(1);
    await service.request('DELETE', '/admin/cache');
    verdict = 'SAME';
    await ask(QUESTION);
    expect((await ask(REWORDED)).cache.layer).toBe('none');
    expect(judgements()).toBe(1);
  });

  it('is not asked about contradictions', async () => {
    verdict = 'SAME';
    await ask(QUESTION);
    expect((await ask('Within how many days may customers not return an item?')).cache.layer).toBe('none');
    expect(judgements()).toBe(0);
  });
});
