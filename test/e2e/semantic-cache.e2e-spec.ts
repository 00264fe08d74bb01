import { type Evergreen, eventually } from '../support/evergreen';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { type TestBackend, testBackend } from '../support/test-backend';

interface Answer {
  response: string;
  cache_hit: boolean;
  citations: { document_id: string }[];
  cache: {
    layer: string;
    similarity: number | null;
    matched_query: string | null;
    ttl_seconds: number | null;
    validated_by: string | null;
  };
  usage: { prompt_tokens: number; saved_tokens: number };
  request_id: string;
}

interface Stats {
  index: string;
  entries: number;
  bytes: number;
  hits: { exact: number; semantic: number };
  misses: number;
  saved_tokens: number;
}

const QUESTION = 'Within how many days may customers return an item?';
const REWORDED = 'Within how many days can customers return an item?';
const REFUNDS = (days: number) => ({
  external_id: 'refunds.md',
  content: `Customers may return an item within ${days} days of delivery.`,
});
const SHIPPING = {
  external_id: 'shipping.md',
  content: 'Standard shipping takes three to five business days.',
};

describe('semantic cache over HTTP', () => {
  let backend: TestBackend;
  let model: FakeOpenAiServer;
  let service: Evergreen;

  const ask = async (query: string, more: object = {}) => {
    const { status, body } = await service.request<Answer>('POST', '/query', {
      query,
      user_id: 'alice',
      top_k: 1,
      ...more,
    });
    expect(status).toBe(200);
    return body;
  };
  const stats = async () => (await service.request<Stats>('GET', '/admin/cache/stats')).body;
  const purge = async (query = '') =>
    (await service.request<{ purged: number }>('DELETE', `/admin/cache${query}`)).body.purged;
  const markWrong = (request_id: string) =>
    service.request<{ evicted: number; error?: { code: string } }>('POST', '/admin/cache/feedback', {
      request_id,
      verdict: 'wrong',
    });

  beforeAll(async () => {
    backend = await testBackend();
    model = await FakeOpenAiServer.start();
    service = await backend.start({
      LLM_PROVIDER: 'openai',
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: 'none',
      SEMANTIC_CACHE_AUDIT_SAMPLE: '1',
    });
    expect((await service.ingest([REFUNDS(30), SHIPPING])).status).toBe('completed');
  });
  beforeEach(async () => {
    model.reset();
    await purge();
  });
  afterAll(async () => {
    await backend.destroy();
    await model.close();
  });

  it('finds another wording by its very words, once it was found to ask the same', async () => {
    await ask(QUESTION);
    const semantic = await ask(REWORDED);
    expect(semantic.cache).toMatchObject({ layer: 'semantic', matched_query: QUESTION });
    const exact = await eventually(async () => {
      const body = await ask(REWORDED);
      return body.cache.layer === 'exact' ? body : undefined;
    }, 'the wording to be remembered');
    expect(exact.cache).toMatchObject({ matched_query: QUESTION, similarity: semantic.cache.similarity });
    expect(model.received('chat')).toHaveLength(1);
  });

  it('compares another wording anew after a change', async () => {
    await ask(QUESTION);
    await ask(REWORDED);
    await service.ingest([
      { external_id: `other-${Date.now()}.md`, content: 'The office is closed on Sundays.' },
    ]);
    const { cache } = await ask(REWORDED);
    expect(cache).toMatchObject({ layer: 'semantic', validated_by: 'context' });
  });

  it('purges the answers of a changed document within a second', async () => {
    await ask(QUESTION);
    await ask('How long does standard shipping take?');
    expect((await stats()).entries).toBe(2);
    await service.ingest([REFUNDS(14)]);
    const committedAt = Date.now();
    await eventually(async () => ((await stats()).entries === 1 ? true : undefined), 'the purge', 2_000);
    expect(Date.now() - committedAt).toBeLessThan(1_000);
    expect(await service.metric('rag_cache_invalidations_total', { cause: 'document_changed' })).toBe(1);
    expect(await service.metric('rag_cache_invalidation_lag_seconds_count')).toBeGreaterThan(0);
  });

  it('has purged the answers of a deleted document when the call returns', async () => {
    const { body } = await service.request<{ documents: { document_id: string }[] }>(
      'GET',
      '/admin/documents?external_id=refunds.md',
    );
    await ask(QUESTION);
    expect((await stats()).entries).toBe(1);
    await service.request('DELETE', `/admin/documents/${body.documents[0].document_id}`);
    expect((await stats()).entries).toBe(0);
    await service.ingest([REFUNDS(30)]);
  });

  it('purges by document, by collection and all', async () => {
    const [{ document_id }] = (await ask(QUESTION)).citations;
    await ask('How long does standard shipping take?');
    expect(await purge(`?document_id=${document_id}`)).toBe(1);
    expect((await ask('How long does standard shipping take?')).cache_hit).toBe(true);
    expect(await purge('?collection=default')).toBe(1);
    await ask(QUESTION);
    expect(await purge()).toBe(1);
    expect((await stats()).entries).toBe(0);
  });

  it('tells entries, bytes, hits by layer and what they saved', async () => {
    const before = await stats();
    const { usage } = await ask(QUESTION);
    await ask(QUESTION);
    await ask(REWORDED);
    const after = await stats();
    expect(after.index).toBe(backend.kind === 'real' ? 'vector-set' : 'memory');
    expect(after.entries).toBe(1);
    expect(after.bytes).toBeGreaterThan(1_000);
    expect(after.hits.exact - before.hits.exact).toBe(1);
    expect(after.hits.semantic - before.hits.semantic).toBe(1);
    expect(after.misses - before.misses).toBe(1);
    expect(after.saved_tokens - before.saved_tokens).toBeGreaterThan(2 * usage.prompt_tokens);
  });

  it.each([
    ['cites nothing', { text: 'Within 30 days.' }],
    ['says that the documents carry no answer', { text: 'NO_ANSWER' }],
    ['was cut off', { text: 'Within [1]', finishReason: 'length' }],
  ])('keeps no answer that %s', async (_what, more) => {
    model.script('chat', { kind: 'answer', ...more });
    expect((await ask(QUESTION)).cache.ttl_seconds).toBeNull();
    expect((await stats()).entries).toBe(0);
  });

  it('keeps no error, and answers the next who asks', async () => {
    model.always('chat', { kind: 'status', status: 400, message: 'no' });
    const { status } = await service.request('POST', '/query', { query: QUESTION, user_id: 'alice' });
    expect(status).toBe(503);
    model.reset();
    expect((await ask(QUESTION)).cache_hit).toBe(false);
    expect((await ask(QUESTION)).cache_hit).toBe(true);
  });

  it('neither reads nor writes when bypassed, and only writes when refreshed', async () => {
    expect((await ask(QUESTION, { cache: 'bypass' })).cache.ttl_seconds).toBeNull();
    expect((await stats()).entries).toBe(0);
    expect((await ask(QUESTION, { cache: 'refresh' })).cache_hit).toBe(false);
    expect((await ask(QUESTION)).cache_hit).toBe(true);
    expect((await ask(QUESTION, { cache: 'refresh' })).cache_hit).toBe(false);
    expect(model.received('chat')).toHaveLength(3);
  });

  it('evicts what a user calls wrong, and never takes the one question for the other again', async () => {
    await ask(QUESTION);
    const wrong = await ask(REWORDED);
    expect((await markWrong(wrong.request_id)).body).toEqual({ evicted: 1 });
    expect((await ask(QUESTION)).cache_hit).toBe(false);
    expect((await ask(REWORDED)).cache.layer).toBe('none');
    expect((await ask(QUESTION)).cache.layer).toBe('exact');
    expect((await ask(REWORDED)).cache).toMatchObject({ layer: 'exact', matched_query: REWORDED });
    const unknown = await markWrong('nobody-asked');
    expect([unknown.status, unknown.body.error?.code]).toEqual([404, 'ANSWER_NOT_FOUND']);
    const { status } = await service.request('POST', '/admin/cache/feedback', {
      request_id: 'x',
      verdict: 'ok',
    });
    expect(status).toBe(400);
  });

  it('looked at every hit again, and found none stale', async () => {
    expect(await service.metric('rag_cache_hits_total')).toBeGreaterThan(5);
    expect(await service.metric('rag_cache_stale_responses_total')).toBe(0);
    expect(service.log).not.toContain('no audit');
  });
});
