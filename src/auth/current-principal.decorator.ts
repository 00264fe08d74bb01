import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; set by the guard on every route that is not public. */
    principal?: Principal;
  }
}

/**
 * Injects the {@link Principal} into a controller method. The route must not be public.
 * @throws Error (a fault of the code) on a public route, which has no principal
 */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!principal) throw new Error('a public route has no principal');
  return principal;
});
