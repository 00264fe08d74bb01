import { createKey } from '../support/create-key';
import { eventually, type Evergreen } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';

interface Page {
  events: { action: string; actor: string; target: string | null; details: Record<string, unknown> }[];
  next_cursor: string | null;
}

describe('The audit log', () => {
  let backend: TestBackend;
  let service: Evergreen;
  let operator: string;

  const call = <T = Record<string, unknown>>(key: string, method: string, path: string, body?: unknown) =>
    service.request<T>(method, path, body, { authorization: `Bearer ${key}` });
  const page = async (key: string, query = '') =>
    (await call<Page>(key, 'GET', `/admin/audit?limit=100${query}`)).body;

  beforeAll(async () => {
    backend = await testBackend();
    operator = await createKey({ ...backend.env, AUTH: 'api-key' }, 'default', 'admin');
    service = await backend.start({ AUTH: 'api-key' }, { apiKey: operator });
  });
  afterAll(() => backend.destroy());

  it('holds what was ordered of keys, tenants, collections, ACLs, deletions, purges and promotions', async () => {
    const tenant = await call<{ id: string; api_key: { id: string; key: string } }>(
      operator,
      'POST',
      '/admin/tenants',
      { name: 'acme' },
    );
    const { id: keyId, key } = tenant.body.api_key;
    const made = await call<{ id: string }>(key, 'POST', '/admin/api-keys', { name: 'x', scopes: ['query'] });
    await call(key, 'POST', `/admin/api-keys/${made.body.id}/rotate`, {});
    await call(key, 'DELETE', `/admin/api-keys/${made.body.id}`);
    await call(key, 'POST', '/admin/collections', { name: 'legal' });
    await call(key, 'PATCH', '/admin/collections/legal', { name: 'law' });
    const ingest = async (acl?: string[]) => {
      const documents = [{ external_id: 'a.md', content: 'The canary sings.', acl }];
      const accepted = await call<{ job_id: string; documents: { document_id: string }[] }>(
        key,
        'POST',
        '/admin/ingest',
        { collection: 'law', documents },
      );
      await eventually(async () => {
        const { body } = await call<{ status: string }>(key, 'GET', `/admin/ingest/${accepted.body.job_id}`);
        return body.status === 'completed' ? true : undefined;
      }, 'the document');
      return accepted.body;
    };
    await ingest();
    const { job_id, documents } = await ingest(['user:canary']);
    const { document_id } = documents[0];
    await call(key, 'PATCH', `/admin/documents/${document_id}`, { acl: ['user:canary', 'group:hr'] });
    await call(key, 'DELETE', `/admin/cache?document_id=${document_id}`);
    await call(key, 'DELETE', `/admin/documents/${document_id}`);
    await call(key, 'DELETE', '/admin/collections/law');
    await call(operator, 'POST', '/admin/embedding-spaces/1/promote', { force: true });

    const { events } = await page(key);
    expect(events.reverse().map(({ action, target }) => [action, target])).toEqual([
      ['api_key.create', `api_key:${keyId}`],
      ['api_key.create', `api_key:${made.body.id}`],
      ['api_key.rotate', expect.stringMatching(/^api_key:/)],
      ['api_key.revoke', `api_key:${made.body.id}`],
      ['collection.create', 'legal'],
      ['collection.update', 'legal'],
      ['documents.acl', job_id],
      ['document.acl', document_id],
      ['cache.purge', document_id],
      ['document.delete', document_id],
      ['collection.delete', 'law'],
    ]);
    expect(events.slice(1).every(({ actor }) => actor === `api_key:${keyId}`)).toBe(true);
    expect(JSON.stringify(events)).not.toContain('canary');

    const mine = (await page(operator)).events;
    expect(mine.find(({ action }) => action === 'embedding_space.promote')).toMatchObject({
      target: '1',
      details: { force: true },
    });
    expect(mine.find(({ action }) => action === 'tenant.create')).toMatchObject({ target: tenant.body.id });
    expect(mine.find(({ action }) => action === 'api_key.create')).toMatchObject({ actor: 'key:create' });
    const theirs = (await page(operator, `&tenant_id=${tenant.body.id}`)).events;
    expect(theirs).toHaveLength(events.length);
    const other = `/admin/audit?tenant_id=00000000-0000-0000-0000-000000000000`;
    expect((await call(key, 'GET', other)).status).toBe(403);

    const first = (await call<Page>(key, 'GET', '/admin/audit?limit=4')).body;
    const second = (await call<Page>(key, 'GET', `/admin/audit?limit=4&cursor=${first.next_cursor}`)).body;
    expect([...first.events, ...second.events].map(({ action }) => action)).toEqual(
      theirs.slice(0, 8).map(({ action }) => action),
    );
  });

  it('holds refused log-ins once the process has ended, and cannot be written to', async () => {
    for (const key of ['nonsense', `eg_${'0'.repeat(16)}_${'A'.repeat(43)}`])
      for (let i = 0; i < 3; i++) expect((await call(key, 'GET', '/admin/audit')).status).toBe(401);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect([404, 405]).toContain((await call(operator, method, '/admin/audit')).status);
    await service.stop();
    service = await backend.start({ AUTH: 'api-key' }, { apiKey: operator });
    const { events } = await page(operator, '&action=login.refused');
    expect(events.map(({ details }) => [details.credential, details.count])).toEqual(
      expect.arrayContaining([
        ['api_key', 3],
        ['api_key', 3],
      ]),
    );
  });
});
