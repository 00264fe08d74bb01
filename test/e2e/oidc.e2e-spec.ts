import { createKey } from '../support/create-key';
import type { Evergreen } from '../support/evergreen';
import { OidcProvider } from '../support/oidc-provider';
import { type TestBackend, testBackend } from '../support/test-backend';

const AUDIENCE = 'https://evergreen.example';
const QUESTION = 'Which salary band is there for engineers?';

describe('Users of an OpenID provider', () => {
  let backend: TestBackend;
  let provider: OidcProvider;
  let service: Evergreen;
  let program: string;
  const tokens: Record<string, string> = {};

  const call = <T = { error?: { code: string; details?: object } }>(
    credential: string,
    path: string,
    body: object,
  ) => service.request<T>('POST', path, body, { authorization: `Bearer ${credential}` });
  const ask = (credential: string, user_id: string) =>
    call<{ response: string; error?: { code: string; details?: object } }>(credential, '/query', {
      query: QUESTION,
      user_id,
    });

  beforeAll(async () => {
    backend = await testBackend();
    provider = await OidcProvider.start({
      alice: { tenant: 'default' },
      bob: { tenant: 'default', groups: ['hr'] },
      mallory: { tenant: 'default', groups: ['sales'] },
      portal: { tenant: 'default', groups: ['hr'], may_act_as: ['alice', 'mallory'] },
    });
    program = await createKey(
      { ...backend.env, AUTH: 'api-key' },
      'default',
      'query,ingest',
      '--may-act-as',
      'any',
    );
    const settings = {
      AUTH: 'oidc',
      OIDC_ISSUER: provider.issuer,
      OIDC_AUDIENCE: AUDIENCE,
      OIDC_TENANT_CLAIM: 'tenant',
      OIDC_MAY_ACT_AS_CLAIM: 'may_act_as',
    };
    service = await backend.start(settings, { apiKey: program });
    for (const user of ['alice', 'bob', 'mallory', 'portal'])
      tokens[user] = await provider.token(user, AUDIENCE);
    const acl = ['user:alice', 'group:hr'];
    const content = 'The salary band for engineers is level seven.';
    await service.ingest([{ external_id: 'salary.md', content, acl }]);
  });
  afterAll(async () => {
    await backend?.destroy();
    await provider?.stop();
  });

  it.each([
    ['alice', true],
    ['bob', true],
    ['mallory', false],
  ])('read what ACLs give to them and their groups: %s', async (user, reads) => {
    for (let round = 0; round < 2; round++)
      expect((await ask(tokens[user], user)).body.response.includes('level seven')).toBe(reads);
    const found = await call<{ passages: unknown[] }>(tokens[user], '/search', { query: QUESTION });
    expect(found.body.passages.length > 0).toBe(reads);
    const chat = await call<{ choices: { message: { content: string } }[] }>(
      tokens[user],
      '/v1/chat/completions',
      { model: 'default', messages: [{ role: 'user', content: QUESTION }] },
    );
    expect(chat.body.choices[0].message.content.includes('level seven')).toBe(reads);
  });

  it('cannot name another user, whatever they ask', async () => {
    const chat = { model: 'default', user: 'alice', messages: [{ role: 'user', content: QUESTION }] };
    for (const [path, body] of [
      ['/query', { query: QUESTION, user_id: 'alice' }],
      ['/query', { query: QUESTION, user_id: 'alice', stream: true }],
      ['/search', { query: QUESTION, user_id: 'alice' }],
      ['/v1/chat/completions', chat],
    ] as const) {
      const { status, body: reply } = await call(tokens.mallory, path, body);
      expect([path, status, reply.error]).toEqual([
        path,
        403,
        expect.objectContaining({ code: 'FORBIDDEN', details: { field: 'user_id' } }),
      ]);
    }
  });

  it('who may ask on behalf of others read what those may, and nothing by their own groups', async () => {
    expect((await ask(tokens.portal, 'alice')).body.response).toContain('level seven');
    expect((await ask(tokens.portal, 'mallory')).body.response).not.toContain('level seven');
    expect((await ask(tokens.portal, 'portal')).body.response).toContain('level seven');
    expect((await ask(tokens.portal, 'bob')).status).toBe(403);
  });

  it('have the scopes of the settings and no others', async () => {
    expect((await call(tokens.bob, '/admin/ingest', { documents: [] })).status).toBe(403);
  });

  it('are beside programs with API keys', async () => {
    expect((await ask(program, 'alice')).body.response).toContain('level seven');
    expect((await ask(program, 'mallory')).body.response).not.toContain('level seven');
    const refused = await service.request('POST', '/query', {}, { authorization: 'Bearer nonsense' });
    expect(refused.status).toBe(401);
  });
});
