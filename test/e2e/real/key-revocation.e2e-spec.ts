import { createKey } from '../../support/create-key';
import { eventually, type Evergreen } from '../../support/evergreen';
import { type TestBackend, testBackend } from '../../support/test-backend';

/** What is promised, and what an answer takes. */
const PROMISED_MS = 5000;
const SLACK_MS = 1000;

describe('A key that one process revokes or rotates', () => {
  let backend: TestBackend;
  let services: Evergreen[];
  let admin: string;

  const statusOf = async (service: Evergreen, key: string) =>
    (await service.request('GET', '/admin/collections', undefined, { authorization: `Bearer ${key}` }))
      .status;
  const makeKey = async () => {
    const request = { name: 'x', scopes: ['documents:read'] };
    const { body } = await services[0].request<{ id: string; key: string }>(
      'POST',
      '/admin/api-keys',
      request,
    );
    // Each has it in memory as good from now on.
    for (const service of services) expect(await statusOf(service, body.key)).toBe(200);
    return body;
  };
  const untilRefused = (key: string) =>
    Promise.all(
      services.map((service) =>
        eventually(
          async () => ((await statusOf(service, key)) === 401 ? true : undefined),
          'the key to be refused',
          PROMISED_MS + SLACK_MS,
        ),
      ),
    );

  beforeAll(async () => {
    backend = await testBackend();
    const env = { AUTH: 'api-key', REDIS_CACHE_URL: '', REDIS_QUEUE_URL: '' };
    admin = await createKey({ ...backend.env, ...env }, 'default', 'admin');
    services = await Promise.all([0, 1].map(() => backend.start(env, { apiKey: admin })));
  });
  afterAll(() => backend.destroy());

  it('is refused by all within five seconds, without Redis', async () => {
    const { id, key } = await makeKey();
    expect((await services[0].request('DELETE', `/admin/api-keys/${id}`)).status).toBe(204);
    expect(await statusOf(services[0], key)).toBe(401);
    await untilRefused(key);
  });

  it('is followed by one that all accept at once', async () => {
    const { id, key } = await makeKey();
    const path = `/admin/api-keys/${id}/rotate`;
    const next = await services[0].request<{ key: string }>('POST', path, { overlap_seconds: 0 });
    expect(next.status).toBe(201);
    for (const service of services) expect(await statusOf(service, next.body.key)).toBe(200);
    await untilRefused(key);
    for (const service of services) expect(await statusOf(service, next.body.key)).toBe(200);
  });
});
