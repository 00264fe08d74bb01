import { Inject, Injectable } from '@nestjs/common';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock, isYounger } from '../common/clock';
import { problemOfText } from '../common/hostile-value';
import { AppConfig } from '../config/app-config';
import { API_SCOPES, type Principal } from './principal';
import { TenantService } from './tenant.service';

const REQUEST_TIMEOUT_MS = 5000;
/** Pause after a failed discovery. */
const RETRY_AFTER_MS = 5000;
/** How long a known tenant is not looked up again: its removal takes effect within this time. */
const TENANT_TTL_MS = 5000;
const MAX_NAME_LENGTH = 256;
const MAX_GROUPS = 1000;

/** The public keys of the issuer, by discovery. */
interface Keys {
  get: Promise<JWTVerifyGetKey>;
  failedAtMs: number | null;
}

/**
 * Authenticates users by access tokens (JWT) of an OpenID provider. Its keys are found by discovery, and fetched again when a
 * token names an unknown one, so that the provider may rotate them.
 * @see RFC 7519, RFC 8725 (best practices), RFC 9068 (access tokens), OpenID Connect Discovery 1.0
 */
@Injectable()
export class OidcTokens {
  private keys: Keys | null = null;
  private readonly tenants = new LRUCache<string, { id: string; readAtMs: number }>({ max: 10_000 });

  constructor(
    private readonly config: AppConfig,
    private readonly tenantService: TenantService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The principal of a token.
   * @throws AppError `UNAUTHENTICATED` with the reason, `IDENTITY_PROVIDER_UNAVAILABLE`
   */
  async verify(token: string): Promise<Principal> {
    const { oidc } = this.config.auth;
    if (oidc === null) throw refused('is not accepted here');
    const claims = await this.claimsOf(token);
    const userId = nameIn(claims, oidc.userClaim);
    if (userId === null) throw refused(`has no usable claim ${oidc.userClaim}, which names the user`);
    const groups = namesIn(claims, oidc.groupsClaim);
    if (groups.length > MAX_GROUPS) throw refused(`names more than ${MAX_GROUPS} groups`);
    const scopes = oidc.scopeClaim === null ? oidc.scopes : namesIn(claims, oidc.scopeClaim);
    const delegators = oidc.mayActAsClaim === null ? [] : namesIn(claims, oidc.mayActAsClaim);
    return {
      tenantId: await this.tenantIdOf(claims),
      apiKeyId: null,
      userId,
      scopes: API_SCOPES.filter((scope) => scopes.includes(scope)),
      principals: groups.map((group) => `group:${group}`),
      mayActAs: delegators.includes('any') ? 'any' : delegators,
      collections: null,
    };
  }

  private async claimsOf(token: string): Promise<JWTPayload> {
    const oidc = this.config.auth.oidc!;
    const getKey = await this.keysOfIssuer();
    try {
      const { payload } = await jwtVerify(token, getKey, {
        issuer: oidc.issuer,
        audience: oidc.audience,
        algorithms: oidc.algorithms,
        requiredClaims: ['exp'],
        clockTolerance: oidc.clockToleranceSeconds,
        currentDate: new Date(this.clock.nowMs()),
      });
      return payload;
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (error instanceof errors.JWTExpired) throw refused('has expired', error);
      if (error instanceof errors.JWTClaimValidationFailed)
        throw refused(
          `is not for this service: its claim ${error.claim} is missing or does not match`,
          error,
        );
      if (error instanceof errors.JOSEAlgNotAllowed)
        throw refused(`must be signed by one of ${oidc.algorithms.join(', ')}`, error);
      if (error instanceof errors.JOSEError)
        throw refused('is malformed, or not signed by the issuer', error);
      throw error;
    }
  }

  /** The keys of the issuer, after discovery. */
  private keysOfIssuer(): Promise<JWTVerifyGetKey> {
    const failedAtMs = this.keys?.failedAtMs ?? null;
    if (failedAtMs !== null && !isYounger(failedAtMs, this.clock.nowMs(), RETRY_AFTER_MS)) this.keys = null;
    if (this.keys === null) {
      const keys: Keys = { get: this.discover(), failedAtMs: null };
      keys.get.catch(() => (keys.failedAtMs = this.clock.nowMs()));
      this.keys = keys;
    }
    return this.keys.get;
  }

  private async discover(): Promise<JWTVerifyGetKey> {
    const { issuer, jwksCooldownMs } = this.config.auth.oidc!;
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    let metadata: { issuer?: unknown; jwks_uri?: unknown };
    try {
      const response = await fetch(url, {
        headers: { accept: 'application/json' },
        redirect: 'error',
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`${url} answers ${response.status}`);
      metadata = (await response.json()) as typeof metadata;
      if (metadata.issuer !== issuer)
        throw new Error(`${url} is of another issuer: ${String(metadata.issuer)}`);
      if (typeof metadata.jwks_uri !== 'string') throw new Error(`${url} names no jwks_uri`);
    } catch (error) {
      throw unavailable(error);
    }
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri), {
      cooldownDuration: jwksCooldownMs,
      timeoutDuration: REQUEST_TIMEOUT_MS,
    });
    return async (header, token) => {
      try {
        return await keys(header, token);
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
          throw error;
        if (error instanceof errors.JOSENotSupported) throw error;
        throw unavailable(error);
      }
    };
  }

  private async tenantIdOf(claims: JWTPayload): Promise<string> {
    const { tenantClaim, tenant } = this.config.auth.oidc!;
    const name = tenantClaim === null ? tenant : nameIn(claims, tenantClaim);
    if (name === null) throw refused(`has no usable claim ${tenantClaim}, which names the tenant`);
    const readAtMs = this.clock.nowMs();
    const known = this.tenants.get(name);
    if (known && isYounger(known.readAtMs, readAtMs, TENANT_TTL_MS)) return known.id;
    const id = await this.tenantService.idOf(name);
    if (id === null) throw refused('names an unknown tenant');
    this.tenants.set(name, { id, readAtMs });
    return id;
  }
}

/** The value of a claim by its name, or by a path with dots. */
function claimIn(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split('.')
    .reduce<unknown>(
      (value, step) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, step)
          ? (value as Record<string, unknown>)[step]
          : undefined,
      claims,
    );
}

function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /\S/.test(value) &&
    value.length <= MAX_NAME_LENGTH &&
    problemOfText(value) === null
  );
}

function nameIn(claims: JWTPayload, claim: string): string | null {
  const value = claimIn(claims, claim);
  return isName(value) ? value : null;
}

/** The names in a list, or in a string separated by spaces as in `scope` (RFC 8693, section 4.2). */
function namesIn(claims: JWTPayload, claim: string): string[] {
  const value = claimIn(claims, claim);
  const names: unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(' ') : [];
  return [...new Set(names.filter(isName))];
}

function refused(problem: string, cause?: unknown): AppError {
  return new AppError('UNAUTHENTICATED', `The token ${problem}.`, { cause });
}

function unavailable(cause: unknown): AppError {
  return new AppError(
    'IDENTITY_PROVIDER_UNAVAILABLE',
    'The keys of the OpenID provider are unavailable; API keys are still accepted.',
    { cause, retryAfterSeconds: RETRY_AFTER_MS / 1000 },
  );
}
