import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error';
import { DatabaseReads } from '../database/database-reads';
import { ApiKeyService } from './api-key.service';
import { FailedLogins } from './failed-logins';
import type { Principal } from './principal';

/** Tells who sends a request by what it carries. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly apiKeys: ApiKeyService,
    private readonly reads: DatabaseReads,
    private readonly failedLogins: FailedLogins,
  ) {}

  /** @throws AppError `UNAUTHENTICATED`, `RATE_LIMITED` after too many wrong keys, `DATABASE_UNAVAILABLE` */
  async authenticate(request: FastifyRequest): Promise<Principal> {
    const key = presentedKey(request);
    if (key === null)
      throw new AppError(
        'UNAUTHENTICATED',
        'Send an API key as "Authorization: Bearer <key>" or "x-api-key: <key>".',
      );
    const verify = () => this.reads.run(() => this.apiKeys.verify(key));
    const principal = await this.failedLogins.guard(request.ip, key, verify);
    if (!principal) throw new AppError('UNAUTHENTICATED', 'The API key is unknown or revoked.');
    return principal;
  }

  /** Whether what a request carried when it was admitted is still good. @throws AppError `DATABASE_UNAVAILABLE` */
  async isStillGood(request: FastifyRequest): Promise<boolean> {
    const key = presentedKey(request);
    return key !== null && (await this.reads.run(() => this.apiKeys.verify(key))) !== null;
  }
}

/** The key a request carries, or null; `Authorization` goes before `x-api-key`. */
function presentedKey({ headers }: FastifyRequest): string | null {
  const bearer = /^Bearer +([^\s]+)\s*$/i.exec(headers.authorization ?? '');
  if (bearer) return bearer[1];
  const header = headers['x-api-key'];
  return typeof header === 'string' && header !== '' ? header.trim() : null;
}
