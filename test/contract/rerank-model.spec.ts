import { RerankError, RerankModel, type RerankModelOptions } from '../../src/models/rerank-model';
import { FakeRerankServer } from '../support/fake-rerank-server';

const QUERY = 'red apples';
const DOCUMENTS = ['green apples', 'red apples and pears', 'grapes'];

describe.each([
  ['cohere', '/v1/rerank'],
  ['tei', '/rerank'],
] as const)('a reranker that speaks the API of %s', (api, path) => {
  let server: FakeRerankServer;
  const model = (more: Partial<RerankModelOptions> = {}) =>
    new RerankModel({
      url: server.url + path,
      api,
      model: 'm',
      apiKey: 'secret-key',
      timeoutMs: 300,
      ...more,
    });
  const answersWith = (results: object[]) => {
    const body = api === 'tei' ? results : { results };
    server.behaviour = { kind: 'text', body: JSON.stringify(body) };
  };
  const entry = (index: unknown, score: unknown) =>
    api === 'tei' ? { index, score } : { index, relevance_score: score };
  const failure = async () => {
    const error: unknown = await model()
      .score(QUERY, DOCUMENTS)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RerankError);
    expect(String(error)).not.toMatch(/secret|apples/);
    return (error as Error).message;
  };

  beforeAll(async () => {
    server = await FakeRerankServer.start();
  });
  beforeEach(() => server.reset());
  afterAll(() => server.close());

  it('scores documents in their order, whatever the order of the answer', async () => {
    expect(await model().score(QUERY, DOCUMENTS)).toEqual([0.5, 1, 0]);
    const [{ authorization, body }] = server.received;
    expect(authorization).toBe('Bearer secret-key');
    expect(body).toEqual(
      api === 'tei'
        ? { query: QUERY, texts: DOCUMENTS, truncate: true }
        : { model: 'm', query: QUERY, documents: DOCUMENTS, top_n: 3 },
    );
  });

  it('scores more documents than one request may hold', async () => {
    const many = Array.from({ length: 70 }, (_, i) => (i % 2 ? 'red' : 'blue'));
    expect(await model().score(QUERY, many)).toEqual(many.map((text) => (text === 'red' ? 0.5 : 0)));
    expect(server.received).toHaveLength(api === 'tei' ? 3 : 1);
  });

  it('asks nothing about no documents', async () => {
    expect(await model().score(QUERY, [])).toEqual([]);
    expect(server.received).toEqual([]);
  });

  it('has another identity as another model', () => {
    expect(model().identity).toBe(model().identity);
    expect(model({ model: 'n' }).identity).not.toBe(model().identity);
    expect(model().identity).not.toContain('secret');
  });

  it('sends no key where there is none', async () => {
    await model({ apiKey: undefined }).score(QUERY, DOCUMENTS);
    expect(server.received[0].authorization).toBeUndefined();
  });

  it.each(['hang', 'hang-in-body'] as const)('gives up in time (%s)', async (kind) => {
    server.behaviour = { kind };
    expect(await failure()).toBe('it did not answer within 300 ms');
  });

  it.each([400, 401, 429, 500, 503])('understands status %d', async (status) => {
    server.behaviour = { kind: 'status', status };
    expect(await failure()).toBe(`it answered with status ${status}`);
  });

  it('understands a cut connection, and that nobody is there', async () => {
    server.behaviour = { kind: 'disconnect' };
    expect(await failure()).toMatch(/^it cannot be reached/);
    const nowhere = model({ url: 'http://127.0.0.1:9' }).score(QUERY, DOCUMENTS);
    await expect(nowhere).rejects.toThrow(/^it cannot be reached/);
  });

  it.each([
    '<html>',
    '',
    '{"results": [',
    'null',
    '"x"',
    '{}',
    '[null]',
    '{"results": [null]}',
    '{"results": 7}',
  ])('refuses the answer %j', async (body) => {
    server.behaviour = { kind: 'text', body };
    expect(await failure()).toMatch(/^its answer /);
  });

  it.each([
    ['an index out of range', [entry(0, 1), entry(1, 1), entry(3, 1)]],
    ['a negative index', [entry(-1, 1), entry(1, 1), entry(2, 1)]],
    ['half an index', [entry(0.5, 1), entry(1, 1), entry(2, 1)]],
    ['an index twice', [entry(0, 1), entry(1, 1), entry(1, 1)]],
    ['no index', [entry(undefined, 1), entry(1, 1), entry(2, 1)]],
    ['a missing entry', [entry(0, 1), entry(1, 1)]],
    ['too many entries', [entry(0, 1), entry(1, 1), entry(2, 1), entry(2, 1)]],
    ['no score', [entry(0, null), entry(1, 1), entry(2, 1)]],
    ['a score of another type', [entry(0, '1'), entry(1, 1), entry(2, 1)]],
    ['an entry that is none', [null as unknown as object, entry(1, 1), entry(2, 1)]],
  ])('refuses an answer with %s', async (_what, results) => {
    answersWith(results);
    expect(await failure()).toMatch(/^its answer /);
  });
});
