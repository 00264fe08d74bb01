import { OidcProvider } from '../../test/support/oidc-provider';
import type { Caller } from './access-history';

/** The same in each tenant. */
export const USERS = ['alice', 'bob', 'carol', 'portal'];
export const GROUPS = ['group:hr', 'group:it'];

const AUDIENCE = 'https://evergreen.example';
/** They are good for five minutes. */
const RENEWED_AFTER_MS = 120_000;

/** What the provider says of users, beside their name and tenant. */
const CLAIMS: Record<string, { groups: string[]; may_act_as?: string[] }> = {
  alice: { groups: ['hr'] },
  bob: { groups: ['it'] },
  carol: { groups: [] },
  portal: { groups: ['hr'], may_act_as: ['alice', 'bob'] },
};

/** Access tokens of the users of all tenants, made by a real OpenID provider. */
export class UserTokens {
  private readonly tokens = new Map<string, { token: Promise<string>; madeAt: number }>();
  private signingKeys = ['first'];

  private constructor(private readonly provider: OidcProvider) {}

  /** @param tenants how many there will be at most */
  static async start(tenants: number): Promise<UserTokens> {
    const clients = Array.from({ length: tenants }, (_, tenant) =>
      USERS.map(
        (user) => [clientOf(tenant, user), { user, tenant: tenantName(tenant), ...CLAIMS[user] }] as const,
      ),
    );
    return new UserTokens(await OidcProvider.start(Object.fromEntries(clients.flat())));
  }

  /** Settings by which a service believes them. */
  get settings(): Record<string, string> {
    return {
      AUTH: 'oidc',
      OIDC_ISSUER: this.provider.issuer,
      OIDC_AUDIENCE: AUDIENCE,
      OIDC_USER_CLAIM: 'user',
      OIDC_TENANT_CLAIM: 'tenant',
      OIDC_MAY_ACT_AS_CLAIM: 'may_act_as',
      OIDC_JWKS_COOLDOWN_SECONDS: '0',
    };
  }

  /** The users of a tenant as callers. */
  callersOf(tenant: number): Caller[] {
    return USERS.map((user) => ({
      id: `token of ${user}`,
      key: '',
      userId: user,
      tenant,
      scopes: ['query'],
      principals: CLAIMS[user].groups.map((group) => `group:${group}`),
      mayActAs: CLAIMS[user].may_act_as ?? 'none',
      collections: null,
      revokedAt: Infinity,
      erased: new Map(),
    }));
  }

  /** What a caller presents. */
  credentialOf({ key, tenant, userId }: Caller): Promise<string> {
    if (userId === null) return Promise.resolve(key);
    const client = clientOf(tenant, userId);
    const known = this.tokens.get(client);
    if (known && performance.now() - known.madeAt < RENEWED_AFTER_MS) return known.token;
    const token = this.provider.token(client, AUDIENCE);
    this.tokens.set(client, { token, madeAt: performance.now() });
    return token;
  }

  /** The provider signs with another key from now on, and still publishes the one before. */
  async rotateSigningKey(): Promise<void> {
    const kid = `key-${this.signingKeys.length}`;
    await this.provider.rotate(kid, this.signingKeys.slice(-1));
    this.signingKeys.push(kid);
    this.tokens.clear();
  }

  stop(): Promise<void> {
    return this.provider.stop();
  }
}

/** What a tenant is called in the service. */
export function tenantName(tenant: number): string {
  return `tenant-${tenant}`;
}

function clientOf(tenant: number, user: string): string {
  return `${tenantName(tenant)}-${user}`;
}
