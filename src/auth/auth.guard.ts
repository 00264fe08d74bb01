import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error';
import { IS_PUBLIC } from '../common/public.decorator';
import { AppConfig } from '../config/app-config';
import { DatabaseReads } from '../database/database-reads';
import { ApiKeyService } from './api-key.service';
import './current-principal.decorator';
import { API_SCOPES, type ApiScope, DEFAULT_TENANT_ID, type Principal } from './principal';
import { REQUIRED_SCOPES } from './require-scope.decorator';
import { TenantRateLimit } from './tenant-rate-limit';

/**
 * Who calls when authentication is disabled: the default tenant, with every scope. Who reaches the loopback address is
 * trusted with everything, so also with saying who asks.
 */
const ANYONE: Principal = {
  tenantId: DEFAULT_TENANT_ID,
  apiKeyId: null,
  scopes: API_SCOPES,
  principals: [],
  mayActAs: 'any',
  collections: null,
};

/**
 * Guards every route of the application: `Authorization: Bearer <key>` or `x-api-key: <key>` names the
 * {@link Principal}, and the route's `@RequireScope` decides whether it may. `@Public()` routes are open.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly config: AppConfig,
    private readonly apiKeys: ApiKeyService,
    private readonly reads: DatabaseReads,
    private readonly rateLimit: TenantRateLimit,
  ) {}

  /**
   * @throws AppError UNAUTHENTICATED, RATE_LIMITED, FORBIDDEN
   * @throws Error (a fault of the code) if the route declares neither `@Public()` nor `@RequireScope`
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, targets)) return true;
    const scopes = this.reflector.getAllAndOverride<ApiScope[]>(REQUIRED_SCOPES, targets);
    // A forgotten decorator must never open a route.
    if (!scopes) throw new Error(`${context.getClass().name} declares no scope for a route`);

    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const principal = this.config.auth.enabled ? await this.authenticate(request) : ANYONE;
    await this.rateLimit.count(principal.tenantId);
    if (!scopes.some((scope) => principal.scopes.includes(scope)))
      throw new AppError('FORBIDDEN', `This call needs an API key with the scope ${scopes.join(' or ')}.`, {
        details: { scope: scopes.join(' or ') },
      });
    request.principal = principal;
    return true;
  }

  private async authenticate(request: FastifyRequest): Promise<Principal> {
    const key = presentedKey(request);
    if (key === null)
      throw new AppError(
        'UNAUTHENTICATED',
        'Send an API key as "Authorization: Bearer <key>" or "x-api-key: <key>".',
      );
    const principal = await this.reads.run(() => this.apiKeys.verify(key));
    if (!principal) throw new AppError('UNAUTHENTICATED', 'The API key is unknown, revoked or has ended.');
    return principal;
  }
}

/** The key a request carries, or null; `Authorization` goes before `x-api-key`. */
function presentedKey({ headers }: FastifyRequest): string | null {
  const bearer = /^Bearer +([^\s]+)\s*$/i.exec(headers.authorization ?? '');
  if (bearer) return bearer[1];
  const header = headers['x-api-key'];
  return typeof header === 'string' && header !== '' ? header.trim() : null;
}
