import { request } from 'node:http';
import type { Evergreen } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

jest.setTimeout(240_000);

describe('a service without authentication', () => {
  let backend: TestBackend;
  let service: Evergreen;
  beforeAll(async () => {
    backend = await testBackend();
    service = await backend.start();
  });
  afterAll(() => backend.destroy());

  /** Sends headers as they are given: `fetch` would not let a test choose `Host` or `Origin`. */
  function send(method: string, path: string, headers: Record<string, string>, body = ''): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(service.url + path, { method, headers }, (response) => {
        let text = '';
        response.on('data', (data) => (text += String(data)));
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  const question = JSON.stringify({ query: 'What is in here?', user_id: 'alice' });
  const json = { 'content-type': 'application/json' };

  it('answers programs and pages of this machine', async () => {
    const { host, port } = new URL(service.url);
    const own = {
      host: `localhost:${port}`,
      origin: `http://localhost:${port}`,
      'sec-fetch-site': 'same-origin',
    };
    for (const headers of [{}, { host }, own] as Record<string, string>[])
      expect((await send('POST', '/query', { ...json, ...headers }, question)).status).toBe(200);
  });

  it.each([
    ['a name that was made to point here', { host: 'evil.example' }],
    ['a page of the web', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a page of the web that sends no origin', { 'sec-fetch-site': 'cross-site' }],
    ['a proxy', { 'x-forwarded-for': '203.0.113.7' }],
  ] as [string, Record<string, string>][])('refuses %s on every route', async (_, headers) => {
    for (const [method, path, body] of [
      ['POST', '/query', question],
      ['POST', '/admin/api-keys', JSON.stringify({ name: 'x', scopes: ['admin'] })],
      ['DELETE', '/admin/cache', ''],
      ['GET', '/admin/documents', ''],
      ['GET', '/metrics', ''],
      ['GET', '/console', ''],
      ['GET', '/docs-json', ''],
      ['GET', '/no-such-route', ''],
    ]) {
      const { status, text } = await send(method, path, { ...(body && json), ...headers }, body);
      expect([path, status, text]).toEqual([path, 403, expect.stringContaining('"code":"NOT_LOCAL"')]);
    }
  });

  it.each([
    ['/admin/api-keys', { name: 'x', scopes: ['admin'] }],
    ['/admin/tenants', { name: 'acme' }],
  ])('makes no keys (%s)', async (path, body) => {
    const { status, text } = await send('POST', path, json, JSON.stringify(body));
    expect([status, text]).toEqual([403, expect.stringContaining('"code":"NOT_LOCAL"')]);
  });

  it('has browsers protect their users, each page by a policy of its own', async () => {
    const data = await send('POST', '/query', json, question);
    expect(data.headers).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    const docs = await send('GET', '/docs', {});
    const policy = String(docs.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    // Nothing that the policy would keep from running.
    const scripts = docs.text.match(/<script[^>]*>[^<]*/g) ?? [];
    expect(scripts.length).toBeGreaterThan(2);
    for (const script of scripts) expect(script).toMatch(/^<script src=['"]\.?\/[^>]*>\s*$/);
    expect(docs.text).not.toMatch(/\son[a-z]+=/);
    const console = await send('GET', '/console', {});
    expect(console.headers['content-security-policy']).toContain("require-trusted-types-for 'script'");
  });
});
