import { type Evergreen, eventually } from '../support/evergreen';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { FakeRerankServer } from '../support/fake-rerank-server';
import { type TestBackend, testBackend } from '../support/test-backend';

interface Found {
  external_id: string;
  content: string;
  score: number;
  vector_score: number | null;
  text_score: number | null;
  vector_weight: number;
  rerank_score: number | null;
}
interface Answered {
  response: string;
  cache: { layer: string; validated_by: string | null };
}

const QUESTION = 'When does the harbour ferry leave?';
const FERRY = [
  { external_id: 'summer', content: 'The harbour ferry leaves at nine in summer.' },
  { external_id: 'winter', content: 'The harbour ferry leaves at eleven in winter.' },
  { external_id: 'bus', content: 'The bus to the airport runs every hour.' },
];
/** So long is a reranker left alone that failed. */
const PAUSE_MS = 3000;

describe('how passages are ranked', () => {
  let backend: TestBackend;
  let service: Evergreen;

  const search = async (more: object = {}): Promise<Found[]> => {
    const { status, body } = await service.request<{ passages: Found[] }>('POST', '/search', {
      query: QUESTION,
      ...more,
    });
    expect(status).toBe(200);
    return body.passages;
  };
  const ask = async (query = QUESTION): Promise<Answered> => {
    const { status, body } = await service.request<Answered>('POST', '/query', { query, user_id: 'alice' });
    expect(status).toBe(200);
    return body;
  };
  const names = (passages: Found[]) => passages.map(({ external_id }) => external_id);

  afterEach(() => backend.destroy());

  describe('with a reranker', () => {
    let reranker: FakeRerankServer;

    beforeAll(async () => {
      reranker = await FakeRerankServer.start();
    });
    beforeEach(async () => {
      reranker.reset();
      backend = await testBackend();
    });
    afterAll(() => reranker.close());

    const start = async (api: 'cohere' | 'tei') => {
      service = await backend.start({
        RERANK_URL: reranker.url + (api === 'tei' ? '/rerank' : '/v1/rerank'),
        RERANK_API: api,
        RERANK_MODEL: 'reader',
        RERANK_TIMEOUT_MS: '500',
        RETRIEVAL_TOP_K: '2',
      });
      await service.ingest(FERRY);
    };
    const degraded = () => service.metric('rag_degraded', { dependency: 'reranker' });
    const recovers = async () => {
      reranker.behaviour = { kind: 'answer' };
      const isBack = async () => ((await search())[0].rerank_score === null ? undefined : true);
      await eventually(isBack, 'the reranker to be asked again', 4 * PAUSE_MS);
    };

    it.each(['cohere', 'tei'] as const)(
      'ranks by the scores of one that speaks %s, and shows them',
      async (api) => {
        await start(api);
        reranker.scoreOf = (_query, text) =>
          text.includes('winter') ? 0.9 : text.includes('bus') ? 0.4 : 0.1;
        const passages = await search();
        expect(names(passages)).toEqual(['winter', 'bus']);
        expect(passages[0]).toMatchObject({
          score: 0.9,
          rerank_score: 0.9,
          vector_score: expect.any(Number) as number,
          text_score: expect.any(Number) as number,
          vector_weight: expect.any(Number) as number,
        });
        const [{ body }] = reranker.received;
        expect((body.documents ?? body.texts)?.length).toBe(3);
        expect(body.query).toBe(QUESTION);
      },
    );

    it('does without one that fails, says so once each time, and takes it back', async () => {
      const faults = [
        { kind: 'hang' },
        { kind: 'status', status: 500 },
        { kind: 'text', body: '{"results": [{"index": 7, "relevance_score": 1}]}' },
      ] as const;
      const lines = (pattern: RegExp) => service.log.match(pattern)?.length ?? 0;
      await start('cohere');
      reranker.scoreOf = (_query, text) => (text.includes('bus') ? 1 : 0.5);
      for (const [i, behaviour] of faults.entries()) {
        expect((await search())[0].external_id).toBe('bus');
        expect(await degraded()).toBe(0);
        reranker.behaviour = behaviour;
        for (let again = 0; again < 3; again++) {
          const passages = await search();
          expect(passages[0].content).toContain('ferry');
          expect(passages.map((passage) => passage.rerank_score)).toEqual([null, null]);
        }
        expect(await degraded()).toBe(1);
        expect(lines(/the reranker failed/g)).toBe(i + 1);
        await recovers();
        expect(await degraded()).toBe(0);
        expect(lines(/the reranker answers again/g)).toBe(i + 1);
      }
    });

    it('keeps no answer that was written without it, and lets none judge an answer that was written with it', async () => {
      const other = 'How often does the bus to the airport run?';
      await start('cohere');
      expect((await ask()).cache.layer).toBe('none');
      expect((await ask()).cache.layer).toBe('exact');

      reranker.behaviour = { kind: 'status', status: 503 };
      for (let i = 0; i < 2; i++) expect((await ask(other)).cache.layer).toBe('none');
      // Nothing changed, so nothing has to be retrieved to know that it holds.
      expect((await ask()).cache).toMatchObject({ layer: 'exact', validated_by: 'epoch' });

      await service.ingest([{ external_id: 'tram', content: 'Trams need a ticket from the machine.' }]);
      expect((await ask()).cache.layer).toBe('none');
      await recovers();
      expect((await ask()).cache).toMatchObject({ layer: 'exact', validated_by: 'context' });
      expect((await ask(other)).cache.layer).toBe('none');
      expect((await ask(other)).cache.layer).toBe('exact');
    });
  });

  it('fuses by reciprocal rank where that is set, and shares no answer with the other way', async () => {
    backend = await testBackend();
    service = await backend.start();
    await service.ingest(FERRY);
    expect((await ask()).cache.layer).toBe('none');
    expect((await ask()).cache.layer).toBe('exact');
    await service.stop();

    service = await backend.start({ RETRIEVAL_FUSION: 'rrf' });
    expect((await ask()).cache.layer).toBe('none');
    const [first, second] = await search({ query: 'When does the bus to the airport run?' });
    // First in both arms; the others come second at best.
    expect(first).toMatchObject({ external_id: 'bus', score: 1, vector_weight: 0.5, rerank_score: null });
    expect(second.score).toBeLessThanOrEqual(61 / 62);
  });

  it('prefers what says something new where diversity is asked for', async () => {
    backend = await testBackend();
    const twins = ['first', 'second', 'third'].map((external_id) => ({
      external_id,
      content: `The harbour ferry leaves at nine in summer, says the ${external_id} notice.`,
    }));
    service = await backend.start({ RETRIEVAL_MMR_LAMBDA: '0.3' });
    await service.ingest([...twins, FERRY[2]]);
    const diverse = await search({ top_k: 2 });
    expect(names(diverse)).toEqual([diverse[0].external_id, 'bus']);
    await service.stop();

    service = await backend.start({ RETRIEVAL_MMR_LAMBDA: '1' });
    expect(names(await search({ top_k: 2 }))).not.toContain('bus');
  });

  it('quotes neighbours to the language model as one block in the order of the document', async () => {
    const model = await FakeOpenAiServer.start({ answer: () => 'At nine, and back at five [2][1].' });
    try {
      backend = await testBackend();
      service = await backend.start({
        LLM_PROVIDER: 'openai',
        OPENAI_BASE_URL: model.url,
        OPENAI_API_KEY: 'key',
        CHUNK_MAX_TOKENS: '24',
        CHUNK_MIN_TOKENS: '4',
      });
      const sentences = [
        'Kites are flown on the beach when the wind is right, by old and young alike.',
        'The harbour ferry leaves at nine in the morning and takes bicycles as well.',
        'The ferry leaves the island for the harbour at five, in fair weather only.',
        'Bread is baked at four and sold until nothing is left of it on the shelves.',
      ];
      await service.ingest([{ external_id: 'island', content: sentences.join('\n\n') }]);
      const ranked = await search({ top_k: 3 });
      const { body } = await service.request<{ citations: { n: number; excerpt: string }[] }>(
        'POST',
        '/query',
        { query: QUESTION, user_id: 'alice', top_k: 3 },
      );
      const [{ body: asked }] = model.received('chat');
      const prompt = asked.messages?.at(-1)?.content ?? '';
      const blocks = JSON.parse(prompt.slice(prompt.indexOf('['), prompt.lastIndexOf(']') + 1)) as {
        passages: { n: number; text: string }[];
      }[];
      const quoted = blocks.flatMap(({ passages }) => passages);
      expect(quoted).toHaveLength(3);
      expect(blocks.length).toBeLessThan(3);
      for (const { passages } of blocks) {
        const places = passages.map(({ text }) =>
          sentences.findIndex((one) => text.includes(one.slice(0, 20))),
        );
        expect(places).toEqual([...places].sort((a, b) => a - b));
      }
      // Numbers are those of the ranking, in the prompt and in the citations.
      for (const { n, text } of quoted) expect(ranked[n - 1].content).toContain(text.trim());
      expect(body.citations.map(({ n }) => n)).toEqual([2, 1]);
      for (const { n, excerpt } of body.citations) expect(ranked[n - 1].content).toContain(excerpt.trim());
    } finally {
      await model.close();
    }
  });
});
