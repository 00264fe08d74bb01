import { readFileSync } from 'node:fs';
import { createKey } from '../support/create-key';
import type { Evergreen } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';

const MEBIBYTE = 2 ** 20;
const CALLERS = 10;

jest.setTimeout(240_000);

describe('bodies that nobody asked for', () => {
  let backend: TestBackend;
  let service: Evergreen;
  let key: string;
  beforeAll(async () => {
    backend = await testBackend();
    // Without the local model, which is loaded meanwhile and takes memory.
    const settings = {
      AUTH: 'api-key',
      EMBEDDING_PROVIDER: 'openai',
      EMBEDDING_MODEL: 'use-lite',
      EMBEDDING_DIMENSIONS: '512',
      OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
    };
    key = await createKey({ ...backend.env, ...settings }, 'default', 'query,ingest');
    service = await backend.start(settings);
  });
  afterAll(() => backend.destroy());

  const body = Buffer.from(JSON.stringify({ query: 'x'.repeat(31 * MEBIBYTE), user_id: 'a' }));
  const send = (path: string, headers: Record<string, string>) =>
    service.request<{ error: { code: string; details: object } }>('POST', path, body, {
      'content-type': 'application/json',
      ...headers,
    });
  const memoryMiB = () =>
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${service.process.pid}/status`, 'utf8'))![1]) /
    1024;

  /** Sends from all callers at once. @returns the statuses, and by how much memory grew meanwhile at most */
  async function sendFromAll(path: string, headers: Record<string, string>) {
    const before = memoryMiB();
    let most = before;
    const timer = setInterval(() => (most = Math.max(most, memoryMiB())), 10);
    const replies = await Promise.all(Array.from({ length: CALLERS }, () => send(path, headers)));
    clearInterval(timer);
    return { statuses: replies.map(({ status }) => status), grownMiB: most - before };
  }

  it.each([
    ['no key', {}],
    ['a wrong key', { authorization: `Bearer eg_${'0'.repeat(16)}_${'A'.repeat(43)}` }],
  ] as [string, Record<string, string>][])('are refused unread where there is %s', async (_, headers) => {
    const startedMs = performance.now();
    const { statuses, grownMiB } = await sendFromAll('/query', headers);
    expect(statuses).toEqual(Array(CALLERS).fill(401));
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    // The ten bodies are 310 MiB; reading them took 540.
    expect(grownMiB).toBeLessThan(100);
  });

  it('are refused unread where the key lacks the scope', async () => {
    const { statuses, grownMiB } = await sendFromAll('/admin/tenants', { authorization: `Bearer ${key}` });
    expect(statuses).toEqual(Array(CALLERS).fill(403));
    expect(grownMiB).toBeLessThan(100);
  });

  it.each(['/query', '/search', '/v1/chat/completions', '/v1/embeddings'])(
    'of more than 1 MiB are too large for %s',
    async (path) => {
      const reply = await send(path, { authorization: `Bearer ${key}` });
      expect([reply.status, reply.body.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
      expect(reply.body.error.details).toEqual({ limitBytes: MEBIBYTE });
    },
  );
});
