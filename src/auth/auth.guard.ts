import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error';
import { IS_PUBLIC } from '../common/public.decorator';
import { AppConfig } from '../config/app-config';
import { currentRequest } from '../observability/request-context';
import { Authenticator } from './authenticator';
import './current-principal.decorator';
import { actorOf, API_SCOPES, type ApiScope, DEFAULT_TENANT_ID, type Principal } from './principal';
import { REQUIRED_SCOPES } from './require-scope.decorator';
import { TenantRateLimit } from './tenant-rate-limit';

/**
 * Who calls when authentication is disabled: the default tenant, with every scope. Who reaches the loopback address is
 * trusted with everything, so also with saying who asks.
 */
const ANYONE: Principal = {
  tenantId: DEFAULT_TENANT_ID,
  apiKeyId: null,
  userId: null,
  scopes: API_SCOPES,
  principals: [],
  mayActAs: 'any',
  collections: null,
};

/**
 * Guards every route of the application: the {@link Authenticator} names the {@link Principal}, and the
 * route's `@RequireScope` decides whether it may. `@Public()` routes are open.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly config: AppConfig,
    private readonly authenticator: Authenticator,
    private readonly rateLimit: TenantRateLimit,
  ) {}

  /**
   * @throws AppError as {@link Authenticator.authenticate}, RATE_LIMITED, FORBIDDEN
   * @throws Error (a fault of the code) if the route declares neither `@Public()` nor `@RequireScope`
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, targets)) return true;
    const scopes = this.reflector.getAllAndOverride<ApiScope[]>(REQUIRED_SCOPES, targets);
    // A forgotten decorator must never open a route.
    if (!scopes) throw new Error(`${context.getClass().name} declares no scope for a route`);

    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const principal = this.config.auth.enabled ? await this.authenticator.authenticate(request) : ANYONE;
    const served = currentRequest();
    if (served) served.actor = actorOf(principal);
    await this.rateLimit.count(principal.tenantId);
    if (!scopes.some((scope) => principal.scopes.includes(scope)))
      throw new AppError('FORBIDDEN', `This call needs the scope ${scopes.join(' or ')}.`, {
        details: { scope: scopes.join(' or ') },
      });
    request.principal = principal;
    return true;
  }
}
