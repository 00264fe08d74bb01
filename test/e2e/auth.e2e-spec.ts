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
    keys.globex = await createKey(env, 'globex', 'query,ingest,admin');
    service = await backend.start({ AUTH: 'api-key' });
    for (const [name, request] of Object.entries({
      acmeReader: { scopes: ['query'] },
      acmeWriter: { scopes: ['ingest'] },
      acmeAuditor: { scopes: ['documents:read'] },
      acmeLegal: { scopes: ['query', 'ingest', 'documents:read'], collections: ['legal'] },
    })) {
      const made = await call(keys.acme, 'POST', '/admin/api-keys', { name, ...request });
      keys[name] = (made.body as unknown as { key: string }).key;
    }
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

  it('that may write read no document, and those that may read write none', async () => {
    const { body } = await call(keys.acme, 'GET', '/admin/documents');
    const [{ document_id: id }] = (body as unknown as { documents: { document_id: string }[] }).documents;
    const document = { external_id: 'acme.md', content: 'The company colour of the house is crimson.' };
    for (const [method, path, sent, writer, auditor] of [
      ['GET', '/admin/documents', undefined, 403, 200],
      ['GET', `/admin/documents/${id}`, undefined, 403, 200],
      ['GET', `/admin/documents/${id}/chunks`, undefined, 403, 200],
      ['GET', '/admin/collections', undefined, 200, 200],
      ['POST', '/admin/ingest', { documents: [document] }, 202, 403],
      ['POST', '/admin/documents/changed', { documents: [] }, 400, 403],
      ['PATCH', `/admin/documents/${id}`, { acl: null }, 200, 403],
      ['POST', '/query', { query: 'Which colour?', user_id: 'a' }, 403, 403],
    ] as const)
      expect([
        method,
        path,
        (await call(keys.acmeWriter, method, path, sent)).status,
        (await call(keys.acmeAuditor, method, path, sent)).status,
      ]).toEqual([method, path, writer, auditor]);
  });

  it('that are for some collections see nothing of the others', async () => {
    const key = keys.acmeLegal;
    const list = async (path: string, name: string) =>
      ((await call(key, 'GET', path)).body as Record<string, unknown>)[name] as Record<string, unknown>[];
    const { body } = await call(keys.acme, 'GET', '/admin/documents');
    const [{ document_id: id }] = (body as unknown as { documents: { document_id: string }[] }).documents;
    const jobs = (await call(keys.acme, 'GET', '/admin/ingest')).body as unknown as {
      jobs: { job_id: string }[];
    };
    const question = { query: 'Which colour?', user_id: 'a' };
    const document = { external_id: 'x.md', content: 'Text.' };
    const chat = { model: 'default', messages: [{ role: 'user', content: 'Which colour?' }] };
    for (const [method, path, sent] of [
      ['POST', '/query', question],
      ['POST', '/query', { ...question, collection: 'nowhere' }],
      ['POST', '/search', { query: 'colour' }],
      ['POST', '/v1/chat/completions', chat],
      ['POST', '/admin/ingest', { documents: [document] }],
      ['POST', '/admin/documents/changed', { documents: [{ external_id: 'x', sha256: '0'.repeat(64) }] }],
      ['GET', '/admin/documents?collection=default', undefined],
      ['GET', '/admin/ingest/failed?collection=default', undefined],
      ['GET', '/admin/collections/default', undefined],
      ['POST', '/admin/collections', { name: 'other' }],
      ['DELETE', '/admin/collections/default', undefined],
    ] as const)
      expect([method, path, (await call(key, method, path, sent)).status]).toEqual([method, path, 403]);
    const line = `${JSON.stringify(document)}\n`;
    const upload = await service.request('POST', '/admin/ingest', line, {
      authorization: `Bearer ${key}`,
      'content-type': 'application/x-ndjson',
    });
    expect(upload.status).toBe(403);
    for (const [method, path, sent] of [
      ['GET', `/admin/documents/${id}`, undefined],
      ['GET', `/admin/documents/${id}/chunks`, undefined],
      ['PATCH', `/admin/documents/${id}`, { acl: null }],
      ['DELETE', `/admin/documents/${id}`, undefined],
      ['GET', `/admin/ingest/${jobs.jobs[0].job_id}`, undefined],
      ['GET', `/admin/ingest/${jobs.jobs[0].job_id}/rejections`, undefined],
      ['GET', `/admin/ingest/${jobs.jobs[0].job_id}/events`, undefined],
    ] as const)
      expect([method, path, (await call(key, method, path, sent)).status]).toEqual([method, path, 404]);
    expect(await list('/admin/documents', 'documents')).toEqual([]);
    expect(await list('/admin/ingest', 'jobs')).toEqual([]);
    expect((await call(keys.acme, 'GET', `/admin/documents/${id}`)).status).toBe(200);

    expect((await call(key, 'POST', '/admin/collections', { name: 'legal' })).status).toBe(201);
    expect((await list('/admin/collections', 'collections')).map(({ name }) => name)).toEqual(['legal']);
    const moved = await call(key, 'PATCH', '/admin/collections/legal', { name: 'default' });
    expect(moved.status).toBe(403);
    expect(
      (await call(key, 'POST', '/admin/ingest', { collection: 'legal', documents: [document] })).status,
    ).toBe(202);
    expect((await list('/admin/documents', 'documents')).map(({ collection }) => collection)).toEqual([
      'legal',
    ]);
    expect((await list('/admin/ingest', 'jobs')).length).toBe(1);
    const models = (await list('/v1/models', 'data')).map(({ id: model }) => model);
    expect(models).toContain('legal');
    expect(models).not.toContain('default');
    expect((await call(key, 'POST', '/query', { ...question, collection: 'legal' })).status).toBe(200);
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
