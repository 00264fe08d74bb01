import { type Evergreen, eventually } from '../support/evergreen';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { type TestBackend, testBackend } from '../support/test-backend';

const PATIENCE_MS = 1000;
const DEADLINE_MS = 4000;

interface Body {
  response: string;
  passages: { external_id: string }[];
  degraded: boolean;
  error: { code: string };
}

jest.setTimeout(240_000);

describe('a provider that hangs', () => {
  let backend: TestBackend;
  let provider: FakeOpenAiServer;
  let service: Evergreen;
  beforeAll(async () => {
    backend = await testBackend();
    provider = await FakeOpenAiServer.start({ dimensions: 512 });
    service = await backend.start({
      EMBEDDING_PROVIDER: 'openai',
      // The name is pinned in a database that others have made.
      EMBEDDING_MODEL: 'use-lite',
      EMBEDDING_DIMENSIONS: '512',
      EMBEDDING_PATIENCE_MS: String(PATIENCE_MS),
      EMBEDDING_BREAKER_FAILURES: '2',
      EMBEDDING_BREAKER_SECONDS: '3',
      LLM_PROVIDER: 'openai',
      LLM_MODEL: 'small',
      REQUEST_DEADLINE_MS: String(DEADLINE_MS),
      OPENAI_BASE_URL: provider.url,
      OPENAI_API_KEY: 'none',
    });
    await service.ingest([{ external_id: 'refunds.md', content: 'Refunds are issued within 30 days.' }]);
  });
  afterEach(() => provider.reset());
  afterAll(async () => {
    await backend?.destroy();
    await provider?.close();
  });

  const timed = async (path: string, body: object) => {
    const startedMs = performance.now();
    const reply = await service.request<Body>('POST', path, { user_id: 'alice', ...body });
    return { ...reply, ms: performance.now() - startedMs };
  };

  it('of embeddings: text search alone answers soon, and after some at once, until it is back', async () => {
    provider.always('embeddings', { kind: 'hang' });
    for (let i = 0; i < 2; i++) {
      const { status, body, ms } = await timed('/query', { query: `When are refunds issued, number ${i}?` });
      expect([status, body.response]).toEqual([200, expect.stringContaining('[1]')]);
      expect(ms).toBeGreaterThan(PATIENCE_MS - 100);
      expect(ms).toBeLessThan(PATIENCE_MS + 2500);
    }
    const asked = provider.received('embeddings').length;
    expect(await service.metric('rag_degraded', { dependency: 'embedding_model' })).toBe(1);
    const search = await timed('/search', { query: 'refunds issued' });
    expect(search.body).toMatchObject({ passages: [{ external_id: 'refunds.md' }], degraded: true });
    const vector = await timed('/search', { query: 'refunds issued', mode: 'vector' });
    expect([vector.status, vector.body.error.code]).toEqual([503, 'EMBEDDING_UNAVAILABLE']);
    expect(search.ms + vector.ms).toBeLessThan(PATIENCE_MS);
    expect(provider.received('embeddings')).toHaveLength(asked);

    provider.reset();
    await eventually(async () => {
      const { body } = await timed('/search', { query: 'refunds issued' });
      return body.degraded ? undefined : body;
    }, 'the embedding model to be asked again');
    expect(await service.metric('rag_degraded', { dependency: 'embedding_model' })).toBe(0);
  });

  it('of answers: the question ends at its deadline, as one answer and as a stream', async () => {
    provider.always('chat', { kind: 'hang' });
    const asked = { query: 'Which days are refunds issued within?' };
    for (const body of [asked, { ...asked, stream: true }]) {
      const reply = await timed('/query', body);
      expect([reply.status, reply.body.error.code]).toEqual([503, 'DEADLINE_EXCEEDED']);
      expect(reply.ms).toBeGreaterThan(DEADLINE_MS - 100);
      expect(reply.ms).toBeLessThan(DEADLINE_MS + 2500);
    }
    expect(provider.received('chat').length).toBeGreaterThan(0);
  });

  it('of embeddings that a program asks for: the call ends at its deadline, not after all tries', async () => {
    provider.always('embeddings', { kind: 'hang' });
    const { status, body, ms } = await timed('/v1/embeddings', {
      user_id: undefined,
      model: 'use-lite',
      input: ['one'],
    });
    expect([status, body.error.code]).toEqual([503, 'DEADLINE_EXCEEDED']);
    expect(ms).toBeLessThan(DEADLINE_MS + 2500);
  });
});
