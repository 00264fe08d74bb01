import { createKey } from '../support/create-key';
import type { Evergreen } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';

describe('API keys', () => {
  let backend: TestBackend;
  let service: Evergreen;
  const keys: Record<string, string> = {};

  const call = (key: string | null, method: string, path: string, body?: unknown) =>
    service.request<{ error?: { code: string }; response?: string; passages?: { external_id: string }[] }>(
      method,
      path,
      body,
      key === null ? {} : { authorization: `Bearer ${key}` },
    );

  beforeAll(async () => {
    backend = await testBackend();
    const env = { ...backend.env, AUTH: 'api-key' };
    keys.acme = await createKey(env, 'acme', 'query,ingest,admin');
    keys.acmeReader = await createKey(env, 'acme', 'query');
    keys.globex = await createKey(env, 'globex', 'query,ingest,admin');
    service = await backend.start({ AUTH: 'api-key' });
    for (const [tenant, word] of [
      ['acme', 'crimson'],
      ['globex', 'turquoise'],
    ]) {
      const accepted = await call(keys[tenant], 'POST', '/admin/ingest', {
        documents: [{ external_id: `${tenant}.md`, content: `The company colour of the house is ${word}.` }],
      });
      expect(accepted.status).toBe(202);
      const { job_id } = accepted.body as unknown as { job_id: string };
      for (let done = false; !done;)
        done = /completed/.test(
          JSON.stringify((await call(keys[tenant], 'GET', `/admin/ingest/${job_id}`)).body),
        );
    }
  });
  afterAll(() => backend.destroy());

  it('are asked for on every route but probes, metrics, documentation and the page of the console', async () => {
    for (const [method, path] of [
      ['POST', '/query'],
      ['POST', '/search'],
      ['POST', '/admin/ingest'],
      ['GET', '/admin/documents'],
      ['GET', '/admin/collections'],
      ['GET', '/admin/cache/stats'],
      ['DELETE', '/admin/cache'],
      ['GET', '/admin/tenants'],
      ['GET', '/admin/api-keys'],
      ['GET', '/admin/embedding-spaces'],
    ]) {
      const { status, body } = await call(null, method, path, method === 'POST' ? {} : undefined);
      expect([method, path, status, body.error?.code]).toEqual([method, path, 401, 'UNAUTHENTICATED']);
    }
    for (const path of ['/health/live', '/health/ready', '/metrics', '/docs', '/docs-json', '/console'])
      expect((await call(null, 'GET', path)).status).toBe(200);
  });

  it('that are wrong are refused', async () => {
    for (const key of ['nonsense', `${keys.acme}x`, keys.acme.slice(0, -1), keys.acme.replace(/.$/, '_')])
      expect((await call(key, 'POST', '/query', { query: 'Which colour?', user_id: 'a' })).status).toBe(401);
  });

  it('allow what their scopes name and nothing else', async () => {
    expect(
      (await call(keys.acmeReader, 'POST', '/query', { query: 'Which colour?', user_id: 'a' })).status,
    ).toBe(200);
    const refused = await call(keys.acmeReader, 'POST', '/admin/ingest', { documents: [] });
    expect([refused.status, refused.body.error?.code]).toEqual([403, 'FORBIDDEN']);
    expect((await call(keys.acmeReader, 'GET', '/admin/cache/stats')).status).toBe(403);
  });

  it('let nobody but the operator administer what all tenants share', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/1'],
      ['POST', ''],
      ['POST', '/1/promote'],
      ['POST', '/1/rollback'],
      ['POST', '/1/retire'],
      ['POST', '/1/pause'],
      ['POST', '/1/resume'],
      ['POST', '/1/cancel'],
    ]) {
      const body = method === 'POST' ? { model: 'm', dimensions: 8 } : undefined;
      const sent = path === '' ? body : method === 'POST' ? {} : undefined;
      const { status } = await call(keys.acme, method, `/admin/embedding-spaces${path}`, sent);
      expect([method, path, status]).toEqual([method, path, 403]);
    }
  });

  it('keep tenants apart in search, answers and cached answers', async () => {
    const question = { query: 'Which company colour does the house have?', user_id: 'a' };
    for (let round = 0; round < 2; round++) {
      expect((await call(keys.acme, 'POST', '/query', question)).body.response).toContain('crimson');
      expect((await call(keys.globex, 'POST', '/query', question)).body.response).toContain('turquoise');
    }
    const { body } = await call(keys.acme, 'POST', '/search', { query: 'company colour', top_k: 50 });
    expect(body.passages?.map(({ external_id }) => external_id)).toEqual(['acme.md']);
  });

  it("never show another tenant's document or job", async () => {
    const { body } = await call(keys.acme, 'GET', '/admin/documents');
    const [document] = (body as unknown as { documents: { document_id: string }[] }).documents;
    for (const [method, path] of [
      ['GET', `/admin/documents/${document.document_id}`],
      ['GET', `/admin/documents/${document.document_id}/chunks`],
      ['DELETE', `/admin/documents/${document.document_id}`],
    ])
      expect((await call(keys.globex, method, path)).status).toBe(404);
    expect((await call(keys.acme, 'GET', `/admin/documents/${document.document_id}`)).status).toBe(200);
  });
});
