import { choice, choices, integer, list, text } from '../config/setting';

const SCOPES = ['query', 'ingest', 'documents:read', 'admin'];
/** Of public keys alone: who can check a token by one of these cannot make one. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');

/** Authentication */
export const AUTH_SETTINGS = {
  /**
   * `api-key` asks for a key; `oidc` for a key or a user’s access token of `OIDC_ISSUER`; `disabled` accepts all and only
   * on a loopback address; `auto` is `disabled` in the embedded mode on a loopback address, else `api-key`.
   */
  mode: choice('AUTH', ['auto', 'api-key', 'oidc', 'disabled'], { default: 'auto' }),
  oidc: {
    /**
     * With `AUTH=oidc`: whose access tokens are accepted, as their claim `iss` names it; https, or a loopback address.
     */
    issuer: text('OIDC_ISSUER', {
      pattern: /^https?:\/\/[^\s?#]+$/,
      rule: 'must be an http:// or https:// URL without a query',
    }),
    /** With `AUTH=oidc`: what the claim `aud` of a token must hold; one of several, separated by commas. */
    audience: list('OIDC_AUDIENCE', {}),
    /** Signature algorithms of tokens that are accepted. */
    algorithms: choices('OIDC_ALGORITHMS', ALGORITHMS, { default: ['RS256', 'PS256', 'ES256', 'EdDSA'] }),
    /** Seconds that the clocks of issuer and service may differ by. */
    clockToleranceSeconds: integer('OIDC_CLOCK_TOLERANCE_SECONDS', { default: 30, min: 0, max: 300 }),
    /**
     * Seconds between two requests for keys of the issuer that are not known yet. Known keys are read again every 10
     * minutes.
     */
    jwksCooldownMs: integer('OIDC_JWKS_COOLDOWN_SECONDS', { default: 30, min: 0, max: 600, times: 1000 }),
    /**
     * Claim that names the user, who may read what ACLs give to `user:<value>`. Each claim here is given by its name or
     * its path, such as `realm_access.roles`.
     */
    userClaim: text('OIDC_USER_CLAIM', { default: 'sub' }),
    /** Claim that lists the groups of the user, who may read what ACLs give to `group:<value>`. */
    groupsClaim: text('OIDC_GROUPS_CLAIM', { default: 'groups' }),
    /** Claim that names the tenant; not set: all users are of `OIDC_TENANT`. */
    tenantClaim: text('OIDC_TENANT_CLAIM', {}),
    /** Name of the tenant that users are of if no claim says it. */
    tenant: text('OIDC_TENANT', { default: 'default' }),
    /** Claim that lists the scopes of the user; unknown ones are ignored; not set: all users have `OIDC_SCOPES`. */
    scopeClaim: text('OIDC_SCOPE_CLAIM', {}),
    /** Scopes that users have if no claim says them. */
    scopes: choices('OIDC_SCOPES', SCOPES, { default: ['query'] }),
    /** Claim that lists the users on behalf of whom the bearer may ask, or says `any`; not set: nobody may for another. */
    mayActAsClaim: text('OIDC_MAY_ACT_AS_CLAIM', {}),
  },
};

/** The audit log */
export const AUDIT_SETTINGS = {
  /** Days after which a record of the audit log is deleted. */
  auditRetentionDays: integer('AUDIT_RETENTION_DAYS', { default: 365, min: 30, max: 36_500 }),
};

const noneIfZero = (limit: number) => limit || null;

/** Limits of callers */
export const LIMITS_SETTINGS = {
  /**
   * Requests per minute of each tenant, to all processes together; beyond that 429 with `Retry-After`; not set: no limit.
   */
  tenantRequestsPerMinute: integer('TENANT_REQUESTS_PER_MINUTE', { min: 1 }),
  /**
   * Requests per minute of each API key, and of each user with access tokens, to all processes together; 0: no limit.
   */
  keyRequestsPerMinute: integer('KEY_REQUESTS_PER_MINUTE', { default: 6000, min: 0 }).as(noneIfZero),
  /**
   * Texts per minute that the embedding model reads for each API key or user, of `/v1/embeddings` and of warming the
   * cache; what is cached does not count; 0: no limit.
   */
  keyEmbeddedTextsPerMinute: integer('KEY_EMBEDDED_TEXTS_PER_MINUTE', { default: 6000, min: 0 }).as(
    noneIfZero,
  ),
  /** Event streams that each API key or user may have open at once at one process; 0: no limit. */
  keyOpenStreams: integer('KEY_OPEN_STREAMS', { default: 64, min: 0 }).as(noneIfZero),
  /**
   * Failed log-ins per minute from each address (IPv6: each /64); beyond that 429, except for keys that have been right
   * before and for good access tokens; 0: no limit.
   */
  failedLoginsPerMinute: integer('FAILED_LOGINS_PER_MINUTE', { default: 30, min: 0 }).as(noneIfZero),
};
