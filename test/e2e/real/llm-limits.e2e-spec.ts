import type { Evergreen } from '../../support/evergreen';
import { FakeOpenAiServer } from '../../support/fake-openai-server';
import { type TestBackend, testBackend } from '../../support/test-backend';

jest.setTimeout(180_000);

const REQUESTS_PER_MINUTE = 12;

describe('limits of a language model, in two processes', () => {
  let backend: TestBackend;
  let provider: FakeOpenAiServer;
  const services: Evergreen[] = [];
  let asked = 0;

  beforeAll(async () => {
    backend = await testBackend();
    provider = await FakeOpenAiServer.start();
    const env = {
      LLM_PROVIDER: 'openai',
      OPENAI_BASE_URL: provider.url,
      OPENAI_API_KEY: 'none',
    };
    for (const model of ['limited', 'limited', 'patient', 'patient'])
      services.push(
        await backend.start({
          ...env,
          LLM_MODEL: model,
          ...(model === 'limited' && {
            LLM_REQUESTS_PER_MINUTE: String(REQUESTS_PER_MINUTE),
            LLM_DEADLINE_MS: '4500',
          }),
        }),
      );
    await services[0].ingest([{ external_id: 'refunds.md', content: 'Refunds are issued within 30 days.' }]);
  });
  beforeEach(() => provider.reset());
  afterAll(async () => {
    await backend?.destroy();
    await provider?.close();
  });

  /** Each question is another one. */
  const ask = (service: Evergreen) =>
    service.request<{ error?: { code: string; details: object } }>('POST', '/query', {
      query: `Within how many days are refunds of order ${++asked * 7919} issued?`,
      user_id: 'alice',
      cache: 'bypass',
    });

  it('hold for both together; who cannot wait is told for how long he should', async () => {
    const startMs = performance.now();
    const replies = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(services[i % 2])));
    const refilled = Math.ceil(((performance.now() - startMs) / 60_000) * REQUESTS_PER_MINUTE);
    const sent = provider.received('chat').length;
    expect(sent).toBeGreaterThanOrEqual(REQUESTS_PER_MINUTE);
    expect(sent).toBeLessThanOrEqual(REQUESTS_PER_MINUTE + refilled);
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(sent);
    const refused = replies.find(({ status }) => status !== 200);
    expect(refused).toMatchObject({
      status: 429,
      body: { error: { code: 'RATE_LIMITED', details: { limit: 'llm_requests' } } },
    });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    const counted = await Promise.all(
      services
        .slice(0, 2)
        .map((service) => service.metric('rag_rate_limited_total', { limit: 'llm_requests' })),
    );
    expect(counted[0] + counted[1]).toBe(40 - sent);
  });

  it('that the provider sets are kept in a storm, and every question is answered', async () => {
    const until = Date.now() + 1500;
    provider.always('chat', { kind: 'status', status: 429, headers: { 'retry-after': '1' } });
    const calm = setTimeout(() => provider.always('chat', { kind: 'answer' }), until - Date.now());
    const replies = await Promise.all(Array.from({ length: 60 }, (_, i) => ask(services[2 + (i % 2)])));
    clearTimeout(calm);
    expect(replies.map(({ status }) => status)).toEqual(new Array(60).fill(200));
    // Three tries each at most; the provider's answer to one is heeded by the others of its process.
    expect(provider.received('chat').length).toBeLessThan(180);
  });
});
