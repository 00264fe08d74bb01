import { DEFAULT_TENANT_ID } from '../../src/auth/principal';
import { createKey } from '../support/create-key';
import type { Evergreen } from '../support/evergreen';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { type TestBackend, testBackend } from '../support/test-backend';

interface Body {
  id: string;
  key: string;
  job_id: string;
  error: { code: string; details: Record<string, unknown> };
  lines: { model: string; purpose: string; prompt_tokens: number; calls: number }[];
}

/** The name is pinned in a database that others have made. */
const MODEL = 'use-lite';

jest.setTimeout(240_000);

describe('limits of a key', () => {
  let backend: TestBackend;
  let provider: FakeOpenAiServer;
  let service: Evergreen;
  let admin: string;

  let settings: Record<string, string>;

  const call = (key: string, method: string, path: string, body?: unknown) =>
    service.request<Body>(method, path, body, { authorization: `Bearer ${key}` });
  const embed = (key: string, input: string[]) =>
    call(key, 'POST', '/v1/embeddings', { model: MODEL, input });
  const texts = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name} ${i}`);
  const outcome = ({ status, body }: { status: number; body: Body }) => [status, body.error?.code];
  const newKey = async () =>
    (await call(admin, 'POST', '/admin/api-keys', { name: 'x', scopes: ['query', 'ingest'] })).body;

  beforeAll(async () => {
    backend = await testBackend();
    provider = await FakeOpenAiServer.start({ dimensions: 512 });
    settings = {
      AUTH: 'api-key',
      EMBEDDING_PROVIDER: 'openai',
      EMBEDDING_MODEL: MODEL,
      EMBEDDING_DIMENSIONS: '512',
      LLM_PRICES: 'use-lite=0.02/0',
      OPENAI_BASE_URL: provider.url,
      OPENAI_API_KEY: 'none',
      KEY_EMBEDDED_TEXTS_PER_MINUTE: '10',
    };
    admin = await createKey({ ...backend.env, ...settings }, 'acme', 'query,ingest,admin');
    service = await backend.start(settings);
  });
  afterAll(async () => {
    await backend?.destroy();
    await provider?.close();
  });

  it('count the texts that a model reads, and none that is cached', async () => {
    const { key } = await newKey();
    expect((await embed(key, texts('once', 8))).status).toBe(200);
    for (let i = 0; i < 3; i++) expect((await embed(key, texts('once', 8))).status).toBe(200);
    const refused = await embed(key, texts('more', 8));
    expect(outcome(refused)).toEqual([429, 'RATE_LIMITED']);
    expect(refused.body.error.details).toEqual({ limit: 'key_embedded_texts', perMinute: 10 });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30);
    expect((await embed((await newKey()).key, texts('more', 8))).status).toBe(200);
  });

  it('and the budget of its tenant pay for what a model reads', async () => {
    const embedded = async () => {
      const { body } = await call(admin, 'GET', '/admin/usage');
      return body.lines.filter(({ purpose }) => purpose === 'embedding').map((line) => line.prompt_tokens);
    };
    const [before = 0] = await embedded();
    const { key } = await newKey();
    expect((await embed(key, ['a text of some words', 'a text of some words'])).status).toBe(200);
    const [after] = await embedded();
    expect(after - before).toBe(5);
    await embed(key, ['a text of some words']);
    expect(await embedded()).toEqual([after]);
  });

  it('end the progress of a job once the key is revoked', async () => {
    const { id, key } = await newKey();
    // Nothing of it is ever embedded, so the job does not end.
    provider.always('embeddings', { kind: 'hang' });
    const documents = [{ external_id: 'r.md', content: 'Refunds are issued within 30 days.' }];
    const { job_id } = (await call(key, 'POST', '/admin/ingest', { documents })).body;
    const stream = await fetch(`${service.url}/admin/ingest/${job_id}/events`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(stream.status).toBe(200);
    expect((await call(admin, 'DELETE', `/admin/api-keys/${id}`)).status).toBe(204);
    const text = await stream.text();
    expect(text).toMatch(/event: progress/);
    expect(text).toMatch(/event: error\n.*"code":"UNAUTHENTICATED"/s);
    provider.reset();
  });

  it('hold where the budget is used up', async () => {
    const tenants = await call(admin, 'GET', '/admin/tenants');
    const [{ id }] = (tenants.body as unknown as { tenants: { id: string }[] }).tenants;
    await service.stop();
    const operator = await createKey({ ...backend.env, ...settings }, 'default', 'admin');
    service = await backend.start(settings);
    const limitTo = async (tenantId: string, monthly_budget_usd: number | null) =>
      expect(
        (await call(operator, 'PATCH', `/admin/tenants/${tenantId}`, { monthly_budget_usd })).status,
      ).toBe(200);
    await limitTo(id, 1e-6);
    await limitTo(DEFAULT_TENANT_ID, 1e-6);
    expect(outcome(await embed(admin, [`what nobody has asked for yet ${'and more '.repeat(60)}`]))).toEqual([
      429,
      'BUDGET_EXCEEDED',
    ]);
    expect(
      outcome(
        await call(operator, 'POST', '/admin/embedding-cache/warm', {
          texts: [`new ${'and more '.repeat(60)}`],
        }),
      ),
    ).toEqual([429, 'BUDGET_EXCEEDED']);
    const sent = JSON.stringify(provider.received('embeddings'));
    expect(sent).not.toContain('and more');
    await limitTo(DEFAULT_TENANT_ID, null);
  });
});
