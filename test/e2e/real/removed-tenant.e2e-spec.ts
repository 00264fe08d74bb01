import { createKey } from '../../support/create-key';
import type { Evergreen } from '../../support/evergreen';
import { type TestBackend, testBackend } from '../../support/test-backend';

describe('keys of a tenant that was removed', () => {
  let backend: TestBackend;
  let here: Evergreen;
  let there: Evergreen;
  let operator: string;

  beforeAll(async () => {
    backend = await testBackend();
    const env = { AUTH: 'api-key', ROLE: 'api' };
    operator = await createKey({ ...backend.env, ...env }, 'default', 'admin');
    [here, there] = [await backend.start(env), await backend.start(env)];
  });
  afterAll(() => backend.destroy());

  const call = <T = { error?: { code: string } }>(
    service: Evergreen,
    key: string,
    [method, path, body]: [string, string, object?],
  ) => service.request<T>(method, path, body, { authorization: `Bearer ${key}` });

  it('are refused where they are still believed, too: nothing of the tenant can be written any more', async () => {
    const made = await call<{ id: string; api_key: { key: string } }>(here, operator, [
      'POST',
      '/admin/tenants',
      { name: 'initech' },
    ]);
    const { id, api_key } = made.body;
    expect((await call(there, api_key.key, ['GET', '/admin/tenants'])).status).toBe(200);
    expect((await call(here, operator, ['DELETE', `/admin/tenants/${id}`])).status).toBe(204);
    for (const request of [
      ['POST', '/admin/ingest', { documents: [{ external_id: 'x', content: 'Text.' }] }],
      ['POST', '/admin/collections', { name: 'x' }],
      ['POST', '/admin/api-keys', { name: 'x', scopes: ['query'] }],
    ] as [string, string, object][]) {
      const { status, body } = await call(there, api_key.key, request);
      expect([request[1], status, body.error?.code]).toEqual([request[1], 401, 'UNAUTHENTICATED']);
    }
  });
});
