import { createKey } from '../support/create-key';
import type { Evergreen } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';

const QUESTION = 'Which salary band is there for engineers?';

describe('A user named in a request', () => {
  let backend: TestBackend;
  let service: Evergreen;
  let admin: string;
  const keys: Record<string, string> = {};

  const call = <T>(key: string, method: string, path: string, body?: unknown) =>
    service.request<T>(method, path, body, { authorization: `Bearer ${key}` });

  beforeAll(async () => {
    backend = await testBackend();
    admin = await createKey({ ...backend.env, AUTH: 'api-key' }, 'default', 'admin', '--may-act-as', 'any');
    service = await backend.start({ AUTH: 'api-key', LOG_LEVEL: 'debug' }, { apiKey: admin });
    for (const [name, request] of Object.entries({
      nobody: {},
      none: { may_act_as: 'none' },
      some: { may_act_as: ['alice', 'carol'] },
      any: { may_act_as: 'any' },
      group: { principals: ['group:hr'] },
    })) {
      const made = await call<{ key: string; may_act_as: unknown }>(admin, 'POST', '/admin/api-keys', {
        name,
        scopes: ['query'],
        ...request,
      });
      expect(made.status).toBe(201);
      expect(made.body.may_act_as).toEqual('may_act_as' in request ? request.may_act_as : 'none');
      keys[name] = made.body.key;
    }
    await service.ingest([
      {
        external_id: 'salary.md',
        content: 'The salary band for engineers is level seven.',
        acl: ['user:alice', 'user:bob', 'group:hr'],
      },
    ]);
  });
  afterAll(() => backend.destroy());

  it.each([
    ['nobody', 'alice', false],
    ['none', 'alice', false],
    ['some', 'alice', true],
    ['some', 'bob', false],
    ['some', 'carol', false],
    ['any', 'bob', true],
    ['any', 'mallory', false],
    ['group', 'mallory', true],
  ])('gives a key that may act as %s what %s may read: %s', async (name, user, reads) => {
    const key = keys[name];
    // Twice, as the second may be served from the cache.
    for (let round = 0; round < 2; round++) {
      const question = { query: QUESTION, user_id: user };
      const answer = await call<{ response: string; sources: string[] }>(key, 'POST', '/query', question);
      expect([answer.status, answer.body.response.includes('level seven')]).toEqual([200, reads]);
      expect(answer.body.sources).toEqual(reads ? ['salary.md'] : []);
    }
    const found = await call<{ passages: unknown[] }>(key, 'POST', '/search', {
      query: QUESTION,
      user_id: user,
    });
    expect([found.status, found.body.passages.length > 0]).toEqual([200, reads]);
    const chat = await call<{ choices: { message: { content: string } }[] }>(
      key,
      'POST',
      '/v1/chat/completions',
      { model: 'default', user, messages: [{ role: 'user', content: QUESTION }] },
    );
    expect(chat.body.choices[0].message.content.includes('level seven')).toBe(reads);
  });

  it('is written into the log as a hash, with whether the key may act so', () => {
    expect(service.log).toMatch(/"user_hash":"[0-9a-f]{16}","isVouchedFor":false/);
    expect(service.log).toMatch(/"user_hash":"[0-9a-f]{16}","isVouchedFor":true/);
  });
});
