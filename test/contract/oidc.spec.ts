import { createHmac, createPublicKey } from 'node:crypto';
import { DataSource } from 'typeorm';
import { Authenticator } from '../../src/auth/authenticator';
import { ApiKey } from '../../src/auth/api-key.entity';
import { ApiKeyService } from '../../src/auth/api-key.service';
import { FailedLogins } from '../../src/auth/failed-logins';
import { OidcTokens } from '../../src/auth/oidc-tokens';
import { DEFAULT_TENANT_ID, type Principal } from '../../src/auth/principal';
import { RefusedLogins } from '../../src/auth/refused-logins';
import { Tenant } from '../../src/auth/tenant.entity';
import { TenantRemovals } from '../../src/auth/tenant-removals';
import { TenantService } from '../../src/auth/tenant.service';
import type { AppError } from '../../src/common/app-error';
import { AppConfig } from '../../src/config/app-config';
import { dataSourceOptions } from '../../src/database/data-source';
import { DatabaseReads } from '../../src/database/database-reads';
import { Metrics } from '../../src/observability/metrics';
import { MemoryTokenBuckets } from '../../src/redis/drivers/memory-token-buckets';
import { MovableClock } from './caches/movable-clock';
import { type ContractDatabase, realDatabase } from '../support/contract-database';
import { OidcProvider } from '../support/oidc-provider';

const AUDIENCE = 'https://evergreen.example';
const ACME = { tenant: 'acme' };

describe('Access tokens of an OpenID provider', () => {
  jest.setTimeout(60_000);
  let provider: OidcProvider;
  let stranger: OidcProvider;
  let database: ContractDatabase;
  let dataSource: DataSource;
  let tenants: TenantService;
  let apiKeys: ApiKeyService;
  let acmeId: string;
  let clock: MovableClock;
  let refusals: RefusedLogins;

  beforeAll(async () => {
    const claims = {
      alice: { ...ACME, groups: ['hr', 'it', 7, '', 'nul\0'], roles: 'query  documents:read profile' },
      bob: { tenant: 'globex', groups: 'sales' },
      carol: {},
      dave: { tenant: 'nowhere' },
      erin: { ...ACME, realm_access: { roles: ['admin'] }, may_act_as: ['alice'] },
      frank: { ...ACME, may_act_as: 'any', sub_name: 'Frank' },
      grace: { ...ACME, groups: Array.from({ length: 1001 }, (_, i) => `g${i}`) },
    };
    [provider, stranger, database] = await Promise.all([
      OidcProvider.start(claims),
      OidcProvider.start(claims),
      realDatabase(),
    ]);
    dataSource = await new DataSource({
      ...dataSourceOptions(database.url, AppConfig.parse({})),
      entities: [ApiKey, Tenant],
    }).initialize();
    tenants = new TenantService(dataSource, { nowMs: () => Date.now() }, new TenantRemovals());
    acmeId = (await tenants.ensure('acme')).tenant.id;
    await tenants.ensure('globex');
  });
  afterAll(async () => {
    await Promise.all([provider?.stop(), stranger?.stop(), dataSource?.destroy()]);
    await database?.close();
  });
  beforeEach(() => {
    clock = new MovableClock(Date.now());
    apiKeys = new ApiKeyService(dataSource, clock);
    refusals = new RefusedLogins(dataSource, clock);
  });
  afterEach(() => apiKeys.onModuleDestroy());

  function authenticator(env: Record<string, string> = {}): Authenticator {
    const config = AppConfig.parse({
      AUTH: 'oidc',
      OIDC_ISSUER: provider.issuer,
      OIDC_AUDIENCE: AUDIENCE,
      OIDC_TENANT_CLAIM: 'tenant',
      OIDC_JWKS_COOLDOWN_SECONDS: '0',
      ...env,
    });
    const tokens = new OidcTokens(config, tenants, clock);
    const reads = new DatabaseReads(config, clock);
    const failedLogins = new FailedLogins(config, new MemoryTokenBuckets(clock), new Metrics(), clock);
    return new Authenticator(config, apiKeys, tokens, reads, failedLogins, refusals);
  }

  const present = (token: string, by = authenticator()): Promise<Principal> =>
    by.authenticate({ ip: '192.0.2.1', headers: { authorization: `Bearer ${token}` } });
  const refusal = (message: RegExp) => ({
    code: 'UNAUTHENTICATED',
    message: expect.stringMatching(message),
  });
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()) as Record<string, unknown>;

  it('name user, groups and tenant, and give what the settings say', async () => {
    expect(await present(await provider.token('alice', AUDIENCE))).toEqual({
      tenantId: acmeId,
      apiKeyId: null,
      userId: 'alice',
      scopes: ['query'],
      principals: ['group:hr', 'group:it'],
      mayActAs: [],
      collections: null,
    });
    const bob = await present(await provider.token('bob', AUDIENCE));
    expect(bob).toMatchObject({
      tenantId: (await tenants.ensure('globex')).tenant.id,
      principals: ['group:sales'],
    });
  });

  it('give the scopes of a claim, also one within another, and none that this service does not know', async () => {
    const alice = await provider.token('alice', AUDIENCE);
    expect((await present(alice, authenticator({ OIDC_SCOPE_CLAIM: 'roles' }))).scopes).toEqual([
      'query',
      'documents:read',
    ]);
    const nested = authenticator({ OIDC_SCOPE_CLAIM: 'realm_access.roles' });
    expect((await present(await provider.token('erin', AUDIENCE), nested)).scopes).toEqual(['admin']);
    expect((await present(alice, nested)).scopes).toEqual([]);
  });

  it('name other users, where a claim is configured that says which', async () => {
    const configured = authenticator({ OIDC_MAY_ACT_AS_CLAIM: 'may_act_as', OIDC_USER_CLAIM: 'client_id' });
    const mayActAs = async (client: string, by: Authenticator) =>
      (await present(await provider.token(client, AUDIENCE), by)).mayActAs;
    expect(await mayActAs('alice', configured)).toEqual([]);
    expect(await mayActAs('erin', configured)).toEqual(['alice']);
    expect(await mayActAs('frank', configured)).toBe('any');
    expect(await mayActAs('frank', authenticator())).toEqual([]);
  });

  it('name the user by another claim', async () => {
    const by = authenticator({ OIDC_USER_CLAIM: 'sub_name' });
    expect((await present(await provider.token('frank', AUDIENCE), by)).userId).toBe('Frank');
    await expect(present(await provider.token('alice', AUDIENCE), by)).rejects.toMatchObject(
      refusal(/sub_name/),
    );
  });

  it('are of the configured tenant where no claim says it', async () => {
    const by = authenticator({ OIDC_TENANT_CLAIM: '' });
    expect((await present(await provider.token('carol', AUDIENCE), by)).tenantId).toBe(DEFAULT_TENANT_ID);
  });

  it('are refused without a tenant, of one that there is not, and once it is gone', async () => {
    await expect(present(await provider.token('carol', AUDIENCE))).rejects.toMatchObject(refusal(/tenant/));
    const by = authenticator();
    const token = await provider.token('dave', AUDIENCE);
    await expect(present(token, by)).rejects.toMatchObject(refusal(/names an unknown tenant/));
    const { tenant } = await tenants.ensure('nowhere');
    expect((await present(token, by)).tenantId).toBe(tenant.id);
    await dataSource.query(`DELETE FROM tenant WHERE id = $1`, [tenant.id]);
    clock.advanceSeconds(6);
    await expect(present(token, by)).rejects.toMatchObject(refusal(/names an unknown tenant/));
  });

  it('are refused for another audience, from another issuer, and once they have expired', async () => {
    const by = authenticator();
    const others = await provider.token('alice', 'https://other.example');
    await expect(present(others, by)).rejects.toMatchObject(refusal(/claim aud/));
    await expect(present(await stranger.token('alice', AUDIENCE), by)).rejects.toMatchObject(
      refusal(/not signed/),
    );
    const token = await provider.token('alice', AUDIENCE);
    clock.advanceSeconds(329);
    expect((await present(token, by)).userId).toBe('alice');
    clock.advanceSeconds(3);
    await expect(present(token, by)).rejects.toMatchObject(refusal(/expired/));
  });

  it('are refused if the keys are right and the issuer is not', async () => {
    // Discovery names the issuer that it is of, so that another address of it is another issuer.
    const by = authenticator({ OIDC_ISSUER: provider.issuer.replace('127.0.0.1', 'localhost') });
    await expect(present(await provider.token('alice', AUDIENCE), by)).rejects.toMatchObject({
      code: 'IDENTITY_PROVIDER_UNAVAILABLE',
    });
  });

  it('are refused unsigned, signed with what is public, changed, by an algorithm not listed, and if they are none', async () => {
    const by = authenticator();
    const token = await provider.token('alice', AUDIENCE);
    const [header, payload, signature] = token.split('.');
    const claims = encoded({ ...claimsOf(token), sub: 'root' });
    await expect(present(`${encoded({ alg: 'none' })}.${claims}.`, by)).rejects.toMatchObject(
      refusal(/signed/),
    );
    const [key] = await provider.publicKeys();
    const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const unsigned = `${encoded({ alg: 'HS256', kid: 'first' })}.${claims}`;
    const hmac = createHmac('sha256', pem).update(unsigned).digest('base64url');
    await expect(present(`${unsigned}.${hmac}`, by)).rejects.toMatchObject(refusal(/signed by one of/));
    await expect(present(`${header}.${claims}.${signature}`, by)).rejects.toMatchObject(
      refusal(/not signed/),
    );
    await expect(present(`${header}.${payload}.`, by)).rejects.toMatchObject(refusal(/signed/));
    const strict = authenticator({ OIDC_ALGORITHMS: 'ES256' });
    await expect(present(token, strict)).rejects.toMatchObject(refusal(/signed by one of ES256/));
    for (const nonsense of ['nonsense', 'a.b.c', '..'])
      await expect(present(nonsense, by)).rejects.toMatchObject(refusal(/malformed/));
    await expect(present(await provider.token('grace', AUDIENCE), by)).rejects.toMatchObject(
      refusal(/1000 groups/),
    );
  });

  it('follow the rotation of keys: a new one is found, one that is withdrawn is forgotten', async () => {
    const by = authenticator();
    const first = await provider.token('alice', AUDIENCE);
    expect((await present(first, by)).userId).toBe('alice');
    await provider.rotate('second', ['first']);
    const second = await provider.token('alice', AUDIENCE);
    expect((await present(second, by)).userId).toBe('alice');
    expect((await present(first, by)).userId).toBe('alice');
    await provider.rotate('third', []);
    expect((await present(await provider.token('alice', AUDIENCE), by)).userId).toBe('alice');
    for (const old of [first, second])
      await expect(present(old, by)).rejects.toMatchObject(refusal(/not signed/));
  });

  it('are not refused but cannot be checked while the provider is unavailable; API keys can', async () => {
    const gone = await OidcProvider.start({ alice: ACME });
    const token = await gone.token('alice', AUDIENCE);
    await gone.stop();
    const by = authenticator({ OIDC_ISSUER: gone.issuer });
    for (let tries = 0; tries < 2; tries++)
      await expect(present(token, by)).rejects.toMatchObject({
        code: 'IDENTITY_PROVIDER_UNAVAILABLE',
        retryable: true,
      });
    const { key } = await apiKeys.create(acmeId, { name: 'program', scopes: ['query'], principals: [] });
    expect(await present(key, by)).toMatchObject({ tenantId: acmeId, userId: null });
  });

  it('that are wrong count as failed log-ins of their address, and hold up no good one; all are recorded', async () => {
    const by = authenticator({ FAILED_LOGINS_PER_MINUTE: '2' });
    const codeOf = (token: string) =>
      present(token, by).then(
        () => 'let in',
        (error: AppError) => error.code,
      );
    const count = jest.spyOn(refusals, 'count');
    const codes = [];
    for (let i = 0; i < 4; i++) codes.push(await codeOf(`nonsense-${i}`));
    expect(codes).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED', 'RATE_LIMITED', 'RATE_LIMITED']);
    const unknown = `eg_${'0'.repeat(16)}_${'A'.repeat(43)}`;
    expect(await codeOf(unknown)).toBe('RATE_LIMITED');
    expect(await codeOf(await provider.token('alice', AUDIENCE))).toBe('let in');
    expect(count.mock.calls).toEqual([
      ...Array.from({ length: 4 }, () => ['token', '192.0.2.1', null]),
      ['api_key', '192.0.2.1', '0'.repeat(16)],
    ]);
  });

  it('are asked about again while a stream is open: one that has expired ends it', async () => {
    const by = authenticator();
    const headers = { authorization: `Bearer ${await provider.token('alice', AUDIENCE)}` };
    await by.authenticateAgain({ headers });
    clock.advanceSeconds(400);
    await expect(by.authenticateAgain({ headers })).rejects.toMatchObject(refusal(/expired/));
  });

  it('are no API keys, and are not accepted where these alone are', async () => {
    const by = authenticator({ AUTH: 'api-key' });
    await expect(present(await provider.token('alice', AUDIENCE), by)).rejects.toMatchObject(
      refusal(/API key/),
    );
  });
});
