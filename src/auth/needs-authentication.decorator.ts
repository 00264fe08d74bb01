import { routeConfig } from '../common/route-config';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What {@link NeedsAuthentication} says of a route. */
    needsAuthentication?: boolean;
  }
}

/** Closes a route while authentication is disabled: what it gives away would outlast that. */
export const NeedsAuthentication = (): MethodDecorator => routeConfig({ needsAuthentication: true });
