import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error';
import type { ErrorCode } from '../common/error-codes';
import { AppConfig } from '../config/app-config';
import { DatabaseReads } from '../database/database-reads';
import { lookupOf } from './api-key-secret';
import { ApiKeyService } from './api-key.service';
import { FailedLogins } from './failed-logins';
import { OidcTokens } from './oidc-tokens';
import type { Principal } from './principal';
import { RefusedLogins } from './refused-logins';

/** Authenticates callers by API key, or by a user's access token where OIDC is configured. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly config: AppConfig,
    private readonly apiKeys: ApiKeyService,
    private readonly tokens: OidcTokens,
    private readonly reads: DatabaseReads,
    private readonly failedLogins: FailedLogins,
    private readonly refusals: RefusedLogins,
  ) {}

  /**
   * `Authorization: Bearer <key or token>` takes precedence over `x-api-key: <key>`.
   * @throws AppError `UNAUTHENTICATED`, `RATE_LIMITED` after too many wrong keys or tokens, `DATABASE_UNAVAILABLE`,
   *   `IDENTITY_PROVIDER_UNAVAILABLE`
   */
  async authenticate({ headers, ip }: Pick<FastifyRequest, 'headers' | 'ip'>): Promise<Principal> {
    const credential = presentedCredential(headers);
    try {
      if (credential === null) throw this.nothingPresented();
      return this.isToken(credential)
        ? await this.userOf(credential, ip)
        : await this.programOf(credential, ip);
    } catch (error) {
      if (hasCode(error, 'UNAUTHENTICATED', 'RATE_LIMITED')) {
        const kind = credential === null ? 'none' : this.isToken(credential) ? 'token' : 'api_key';
        this.refusals.count(kind, ip, credential === null ? null : lookupOf(credential));
      }
      throw error;
    }
  }

  /**
   * Checks whether the credential of an admitted request is still valid.
   * @throws AppError `UNAUTHENTICATED` if it is not, `DATABASE_UNAVAILABLE`, `IDENTITY_PROVIDER_UNAVAILABLE`
   */
  async authenticateAgain({ headers }: Pick<FastifyRequest, 'headers'>): Promise<void> {
    const credential = presentedCredential(headers);
    if (credential === null) throw this.nothingPresented();
    if (this.isToken(credential)) await this.verifyToken(credential);
    else if (!(await this.verifyKey(credential))) throw unknownKey();
  }

  private async programOf(key: string, ip: string): Promise<Principal> {
    const principal = await this.failedLogins.guard(ip, key, () => this.verifyKey(key));
    if (!principal) throw unknownKey();
    return principal;
  }

  /** Valid tokens are accepted however many others fail: they change often, and verifying them needs no database. */
  private async userOf(token: string, ip: string): Promise<Principal> {
    try {
      return await this.verifyToken(token);
    } catch (error) {
      if (hasCode(error, 'UNAUTHENTICATED')) await this.failedLogins.count(ip);
      throw error;
    }
  }

  private verifyKey(key: string): Promise<Principal | null> {
    return this.reads.run(() => this.apiKeys.verify(key));
  }

  private verifyToken(token: string): Promise<Principal> {
    return this.reads.run(() => this.tokens.verify(token));
  }

  private isToken(credential: string): boolean {
    return this.config.auth.oidc !== null && lookupOf(credential) === null;
  }

  private nothingPresented(): AppError {
    return new AppError(
      'UNAUTHENTICATED',
      this.config.auth.oidc !== null
        ? 'Send an access token or an API key as "Authorization: Bearer <token>", or a key as "x-api-key: <key>".'
        : 'Send an API key as "Authorization: Bearer <key>" or "x-api-key: <key>".',
    );
  }
}

function unknownKey(): AppError {
  return new AppError('UNAUTHENTICATED', 'The API key is unknown, revoked or expired.');
}

function hasCode(error: unknown, ...codes: readonly ErrorCode[]): boolean {
  return error instanceof AppError && codes.includes(error.code);
}

/** The credential of a request, or null. */
function presentedCredential(headers: FastifyRequest['headers']): string | null {
  const bearer = /^Bearer +([^\s]+)\s*$/i.exec(headers.authorization ?? '');
  if (bearer) return bearer[1];
  const header = headers['x-api-key'];
  return typeof header === 'string' && header !== '' ? header.trim() : null;
}
