import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error';
import { AppConfig } from '../config/app-config';
import { DatabaseReads } from '../database/database-reads';
import { lookupOf } from './api-key-secret';
import { ApiKeyService } from './api-key.service';
import { OidcTokens } from './oidc-tokens';
import type { Principal } from './principal';
import { RefusedLogins } from './refused-logins';

/** Recognises callers by what they present: an API key, or a user's access token where these are accepted. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly config: AppConfig,
    private readonly apiKeys: ApiKeyService,
    private readonly tokens: OidcTokens,
    private readonly reads: DatabaseReads,
    private readonly refusals: RefusedLogins,
  ) {}

  /**
   * `Authorization: Bearer <key or token>` goes before `x-api-key: <key>`.
   * @throws AppError `UNAUTHENTICATED`, `DATABASE_UNAVAILABLE`, `IDENTITY_PROVIDER_UNAVAILABLE`
   */
  async authenticate({ headers, ip }: Pick<FastifyRequest, 'headers' | 'ip'>): Promise<Principal> {
    const credential = presentedCredential(headers);
    try {
      return await this.verify(credential);
    } catch (error) {
      if (error instanceof AppError && error.code === 'UNAUTHENTICATED') {
        const lookup = credential === null ? null : lookupOf(credential);
        const isToken = this.config.auth.oidc !== null && lookup === null;
        this.refusals.count(credential === null ? 'none' : isToken ? 'token' : 'api_key', ip, lookup);
      }
      throw error;
    }
  }

  private async verify(credential: string | null): Promise<Principal> {
    const acceptsTokens = this.config.auth.oidc !== null;
    if (credential === null)
      throw new AppError(
        'UNAUTHENTICATED',
        acceptsTokens
          ? 'Send an access token or an API key as "Authorization: Bearer <token>", or a key as "x-api-key: <key>".'
          : 'Send an API key as "Authorization: Bearer <key>" or "x-api-key: <key>".',
      );
    if (acceptsTokens && lookupOf(credential) === null)
      return this.reads.run(() => this.tokens.verify(credential));
    const principal = await this.reads.run(() => this.apiKeys.verify(credential));
    if (!principal) throw new AppError('UNAUTHENTICATED', 'The API key is unknown, revoked or has ended.');
    return principal;
  }
}

/** What a request carries, or null. */
function presentedCredential(headers: FastifyRequest['headers']): string | null {
  const bearer = /^Bearer +([^\s]+)\s*$/i.exec(headers.authorization ?? '');
  if (bearer) return bearer[1];
  const header = headers['x-api-key'];
  return typeof header === 'string' && header !== '' ? header.trim() : null;
}
