import { eventually, type Evergreen } from '../support/evergreen';
import { citingAnswer, FakeOpenAiServer } from '../support/fake-openai-server';
import { type TestBackend, testBackend } from '../support/test-backend';

interface Answer {
  response: string;
  cache: { layer: string; matched_query: string | null };
  usage: { prompt_tokens: number; completion_tokens: number; saved_tokens: number };
}

const QUESTION = 'Within how many days may customers return an item?';
/** Alike enough to be compared, and not enough for the verifier. */
const REWORDED = 'In how many days must customers return goods?';
/** Likewise: what was said of a pair is kept, so that each test needs its own. */
const REWORDED_AGAIN = 'Within how many days may customers send back a product?';
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

  it.each(['It cannot say.', ''])('goes by the verifier when it says %j', async (words) => {
    verdict = words;
    await ask(QUESTION);
    const { cache } = await ask(REWORDED);
    expect(judgements()).toBe(1);
    expect(cache.layer).toBe('none');
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

  it('answers anew what it calls different, and is not asked about that pair again', async () => {
    verdict = 'DIFFERENT';
    await ask(QUESTION);
    expect((await ask(REWORDED_AGAIN)).cache.layer).toBe('none');
    expect(judgements()).toBe(1);
    await service.request('DELETE', '/admin/cache');
    verdict = 'SAME';
    await ask(QUESTION);
    expect((await ask(REWORDED_AGAIN)).cache.layer).toBe('none');
    expect(judgements()).toBe(1);
  });

  it('is not asked about contradictions', async () => {
    verdict = 'SAME';
    await ask(QUESTION);
    expect((await ask('Within how many days may customers not return an item?')).cache.layer).toBe('none');
    expect(judgements()).toBe(0);
  });
});

describe('a judge that is asked after the answer', () => {
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
  const judgements = (said: string) => service.metric('rag_cache_judgements_total', { verdict: said });
  /** Resolves once one more pair was called so than before. */
  const judged = (said: string, before: number) =>
    eventually(
      async () => ((await judgements(said)) > before ? true : undefined),
      `a pair to be called ${said}`,
    );
  /** Saves up what may be judged: each question allows a fifth of a judgement of what is served. */
  const askOthers = async () => {
    for (let i = 0; i < 8; i++) await ask(`Who wrote chapter ${i} of volume ${Date.now()}?`);
  };
  /** Nothing cached is current any more, and what was said of pairs stays. */
  const startAnew = async () => {
    await service.request('DELETE', '/admin/cache');
    await service.ingest([{ external_id: 'note.md', content: `Nothing of note, ${Date.now()}.` }]);
  };

  beforeAll(async () => {
    backend = await testBackend();
    model = await FakeOpenAiServer.start({
      answer: (messages) => (isJudging(messages) ? verdict : citingAnswer(messages)),
    });
    service = await backend.start({
      LLM_PROVIDER: 'openai',
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: 'none',
      // The default.
      SEMANTIC_CACHE_JUDGE: '',
      SEMANTIC_CACHE_JUDGE_SHARE: '1',
      SEMANTIC_CACHE_THRESHOLD: '0.6',
    });
    await service.ingest([
      { external_id: 'refunds.md', content: 'Customers may return an item within 30 days of delivery.' },
    ]);
  });
  beforeEach(startAnew);
  afterAll(async () => {
    await backend.destroy();
    await model.close();
  });

  it('lets what is doubtful be answered anew at once, and serves it once it was called the same', async () => {
    verdict = 'SAME';
    await askOthers();
    const before = await judgements('same');
    await ask(QUESTION);
    expect((await ask(REWORDED)).cache.layer).toBe('none');
    await judged('same', before);
    await startAnew();
    await ask(QUESTION);
    const { cache, usage } = await ask(REWORDED);
    expect(cache).toMatchObject({ layer: 'semantic', matched_query: QUESTION });
    expect(usage.prompt_tokens).toBe(0);
  });

  it('looks at some of what is served: what it calls different is not served again, and counted', async () => {
    verdict = 'DIFFERENT';
    const [asked, reworded] = ['How long does delivery take?', 'How long do deliveries take?'];
    await askOthers();
    const before = await judgements('different');
    await ask(asked);
    expect((await ask(reworded)).cache.layer).toBe('semantic');
    await judged('different', before);
    await eventually(
      async () => ((await ask(reworded)).cache.layer === 'semantic' ? undefined : true),
      'the wording to be forgotten',
    );
    const { body } = await service.request<{ wrong_share: { judged: number; upper: number } }>(
      'GET',
      '/admin/cache/stats',
    );
    expect(body.wrong_share.judged).toBeGreaterThan(0);
    expect(body.wrong_share.upper).toBeGreaterThan(0.5);
    expect(await service.metric('rag_cache_wrong_share', { bound: 'upper' })).toBeGreaterThan(0.5);
  });
});
