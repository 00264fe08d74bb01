import { request } from 'node:http';
import type { Evergreen } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';

const OF_MANAGEMENT = ['/health/live', '/health/ready', '/metrics'];
const OF_THE_API = ['/docs-json', '/console', '/admin/collections', '/v1/models'];

jest.setTimeout(240_000);

describe('health and metrics', () => {
  let backend: TestBackend;
  let service: Evergreen;
  afterEach(async () => {
    await backend?.destroy();
  });

  const status = async (url: string) => (await fetch(url)).status;
  const statuses = (url: string, paths: string[]) => Promise.all(paths.map((path) => status(url + path)));

  it('are on the port of the API where they have none of their own', async () => {
    backend = await testBackend();
    service = await backend.start();
    expect(await statuses(service.url, OF_MANAGEMENT)).toEqual([200, 200, 200]);
    expect(await statuses(service.url, OF_THE_API)).toEqual([200, 200, 200, 200]);
  });

  it('are on their own port alone where they have one, and nothing else is there', async () => {
    backend = await testBackend();
    service = await backend.start({ MANAGEMENT_PORT: '0' });
    const own = /health and metrics on (http:\S+)\)/.exec(service.log)![1];
    expect(await statuses(own, OF_MANAGEMENT)).toEqual([200, 200, 200]);
    expect(await statuses(own, OF_THE_API)).toEqual([404, 404, 404, 404]);
    expect(await statuses(service.url, OF_MANAGEMENT)).toEqual([404, 404, 404]);
    expect(await statuses(service.url, OF_THE_API)).toEqual([200, 200, 200, 200]);
    const asked = await fetch(`${own}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'What is here?', user_id: 'alice' }),
    });
    expect([asked.status, ((await asked.json()) as { error: { code: string } }).error.code]).toEqual([
      404,
      'NOT_FOUND',
    ]);
    // Who holds a connection open there does not hold up the end.
    const held = request(`${own}/health/live`, { headers: { connection: 'keep-alive' } });
    held.on('error', () => undefined).end();
    expect(await service.stop()).toBe(0);
  });
});
