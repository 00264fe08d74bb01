import { createKey } from '../support/create-key';
import type { Evergreen } from '../support/evergreen';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { type TestBackend, testBackend } from '../support/test-backend';

interface Line {
  day: string;
  model: string;
  purpose: string;
  calls: number;
  prompt_tokens: number;
}
interface Body {
  id: string;
  api_key: { key: string };
  job_id: string;
  error: { code: string; details: { fields: { field: string }[] } };
  usage: { model: string; route: { model: string; complexity: string; reasons: string[] } | null };
  tenant_id: string;
  from: string;
  to: string;
  total: Line;
  lines: Line[];
  budget: { monthly_usd: number | null; state: string };
}

jest.setTimeout(180_000);

describe('usage of language models', () => {
  let backend: TestBackend;
  let provider: FakeOpenAiServer;
  let service: Evergreen;
  const keys: Record<string, string> = {};
  const ids: Record<string, string> = {};

  const call = (key: string, method: string, path: string, body?: unknown) =>
    service.request<Body>(method, path, body, { authorization: `Bearer ${key}` });
  const ask = (key: string, query: string) => call(key, 'POST', '/query', { query, user_id: 'alice' });

  beforeAll(async () => {
    backend = await testBackend();
    provider = await FakeOpenAiServer.start();
    const operator = await createKey({ ...backend.env, AUTH: 'api-key' }, 'default', 'query,ingest,admin');
    service = await backend.start({
      AUTH: 'api-key',
      LLM_PROVIDER: 'openai',
      LLM_MODEL: 'small',
      LLM_MODEL_COMPLEX: 'large',
      LLM_PRICES: 'small=1/2,large=10/20',
      OPENAI_BASE_URL: provider.url,
      OPENAI_API_KEY: 'none',
    });
    keys.operator = operator;
    for (const name of ['acme', 'globex']) {
      const { body } = await call(operator, 'POST', '/admin/tenants', { name });
      ids[name] = body.id;
      keys[`${name}Admin`] = body.api_key.key;
      const made = await call(body.api_key.key, 'POST', '/admin/api-keys', {
        name: 'all',
        scopes: ['query', 'ingest', 'admin'],
      });
      keys[name] = (made.body as unknown as { key: string }).key;
      const documents = [{ external_id: 'r.md', content: 'Refunds of orders are issued within 30 days.' }];
      const { job_id } = (await call(keys[name], 'POST', '/admin/ingest', { documents })).body;
      const status = async () =>
        JSON.stringify((await call(keys[name], 'GET', `/admin/ingest/${job_id}`)).body);
      while (!(await status()).includes('completed')) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  afterAll(async () => {
    await backend?.destroy();
    await provider?.close();
  });

  it('goes to the model that a question needs, and says why', async () => {
    const simple = await ask(keys.acme, 'When are refunds of orders issued?');
    expect(simple.body.usage).toMatchObject({
      model: 'small',
      route: { model: 'small', complexity: 'standard', reasons: [] },
    });
    const complex = await ask(keys.acme, 'Compare the pros and cons of paying orders by card or by invoice.');
    expect(complex.body.usage).toMatchObject({
      model: 'large',
      route: { model: 'large', complexity: 'complex', reasons: expect.arrayContaining(['comparison']) },
    });
    const cached = await ask(keys.acme, 'When are refunds of orders issued?');
    expect(cached.body.usage).toMatchObject({ model: 'small', route: null });
  });

  it('is in the books of its tenant alone', async () => {
    await ask(keys.globex, 'When are refunds of orders issued?');
    const [acme, globex] = await Promise.all(
      ['acme', 'globex'].map(async (name) => (await call(keys[name], 'GET', '/admin/usage')).body),
    );
    expect(acme.lines).toMatchObject([
      { model: 'large', purpose: 'answer', calls: 1 },
      { model: 'small', purpose: 'answer', calls: 1, saved_answers: 1 },
    ]);
    expect(globex.lines).toMatchObject([{ model: 'small', calls: 1 }]);
    expect(acme.total.prompt_tokens + globex.total.prompt_tokens).toBe(provider.metered.prompt);
    expect([acme.tenant_id, globex.tenant_id]).toEqual([ids.acme, ids.globex]);
  });

  it('is shown of other tenants to the operator only', async () => {
    const seen = await call(keys.operator, 'GET', `/admin/usage?tenant=${ids.acme}`);
    expect(seen.body.total.calls).toBe(2);
    const refused = await call(keys.globex, 'GET', `/admin/usage?tenant=${ids.acme}`);
    expect([refused.status, refused.body.error.code]).toEqual([403, 'FORBIDDEN']);
    const unknown = await call(keys.operator, 'GET', `/admin/usage?tenant=${crypto.randomUUID()}`);
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'TENANT_NOT_FOUND']);
  });

  it('is asked for by days', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const { body } = await call(keys.acme, 'GET', `/admin/usage?from=${today}&to=${today}`);
    expect(body).toMatchObject({ from: today, to: today, total: { calls: 2 } });
    const before = await call(keys.acme, 'GET', '/admin/usage?from=2020-01-01&to=2020-12-31');
    expect(before.body).toMatchObject({ total: { calls: 0 }, lines: [] });
    for (const [query, field] of [
      ['from=2026-02-30', 'from'],
      ['to=tomorrow', 'to'],
      ['from=2026-02-02&to=2026-02-01', 'from'],
      ['tenant=acme', 'tenant'],
    ]) {
      const { status, body: wrong } = await call(keys.operator, 'GET', `/admin/usage?${query}`);
      expect([status, wrong.error.details.fields[0].field]).toEqual([400, field]);
    }
  });

  it('is limited by a budget that the operator sets', async () => {
    const path = `/admin/tenants/${ids.globex}`;
    expect((await call(keys.globex, 'PATCH', path, { monthly_budget_usd: 5 })).status).toBe(403);
    for (const wrong of [{}, { monthly_budget_usd: -1 }, { monthly_budget_usd: '5' }])
      expect((await call(keys.operator, 'PATCH', path, wrong)).status).toBe(400);
    expect((await call(keys.operator, 'PATCH', path, { monthly_budget_usd: 0 })).status).toBe(200);
    const refused = await ask(keys.globex, 'Who pays for the return of an order?');
    expect([refused.status, refused.body.error.code]).toEqual([429, 'BUDGET_EXCEEDED']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask(keys.globex, 'When are refunds of orders issued?')).status).toBe(200);
    expect((await call(keys.globex, 'GET', '/admin/usage')).body.budget).toMatchObject({ state: 'exceeded' });
    expect((await ask(keys.acme, 'Who pays for the return of an order?')).status).toBe(200);
  });
});
