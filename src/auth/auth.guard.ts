import { type CanActivate, type ExecutionContext, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error';
import { AppConfig } from '../config/app-config';
import { currentRequest } from '../observability/request-context';
import { Authenticator } from './authenticator';
import './current-principal.decorator';
import { refuseForeignCaller } from './local-caller';
import { actorOf, API_SCOPES, DEFAULT_TENANT_ID, type Principal } from './principal';
import { RateLimits } from './rate-limits';

/**
 * The caller when authentication is disabled: the default tenant, with every scope. Callers on the loopback address are fully
 * trusted, so also with naming the user who asks.
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
 * Guards every route of the application: the {@link Authenticator} names the {@link Principal}, and the route's
 * `@RequireScope` decides whether it may. `@Public()` routes are open. All of that is decided by the headers alone:
 * nothing of a body is read for a caller who may not send it.
 */
@Injectable()
export class AuthGuard implements CanActivate, OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly config: AppConfig,
    private readonly authenticator: Authenticator,
    private readonly limits: RateLimits,
  ) {}

  onModuleInit(): void {
    // Absent in an application context without HTTP.
    const fastify = this.host.httpAdapter?.getInstance?.<FastifyInstance | undefined>();
    if (typeof fastify?.addHook !== 'function') return;
    if (!this.config.auth.enabled)
      fastify.addHook('onRequest', ({ raw }, _reply, done) => {
        refuseForeignCaller(raw.headers);
        done();
      });
    fastify.addHook('onRequest', (request, reply) => this.admit(request, reply));
  }

  /** @throws Error (a fault of the code) if the route declares neither `@Public()` nor `@RequireScope` */
  canActivate(context: ExecutionContext): boolean {
    const { access } = context.switchToHttp().getRequest<FastifyRequest>().routeOptions.config;
    // A forgotten decorator must never open a route.
    if (!access) throw new Error(`${context.getClass().name} declares no scope for a route`);
    return true;
  }

  /** @throws AppError as {@link Authenticator.authenticate}, RATE_LIMITED, FORBIDDEN, NOT_LOCAL */
  private async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { access, needsAuthentication } = request.routeOptions.config;
    if (!access || access === 'public') return;
    if (needsAuthentication && !this.config.auth.enabled)
      throw new AppError(
        'NOT_LOCAL',
        'While authentication is disabled, API keys can only be created with `npm run key:create`.',
      );
    const principal = this.config.auth.enabled ? await this.authenticator.authenticate(request) : ANYONE;
    // Already set: the module of the request log, and so its hook, is initialised first.
    const served = currentRequest();
    if (served) served.actor = actorOf(principal);
    await this.limits.countRequest(principal, reply);
    if (!access.some((scope) => principal.scopes.some((own) => own === scope)))
      throw new AppError('FORBIDDEN', `This call needs the scope ${access.join(' or ')}.`, {
        details: { scope: access.join(' or ') },
      });
    request.principal = principal;
  }
}
