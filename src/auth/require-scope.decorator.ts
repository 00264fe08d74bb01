import { routeConfig } from '../common/route-config';
import type { ApiScope } from './principal';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set by {@link NeedsAuthentication}. */
    needsAuthentication?: boolean;
  }
}

/**
 * What an API key needs to call a controller or one of its methods: any one of the scopes. The method's
 * scopes replace the controller's. Every route declares this or {@link Public}; one without is refused.
 */
export const RequireScope = (...scopes: [ApiScope, ...ApiScope[]]): MethodDecorator & ClassDecorator =>
  routeConfig({ access: scopes });

/** Closes a route while authentication is disabled: the keys that it creates would stay valid afterwards. */
export const NeedsAuthentication = (): MethodDecorator => routeConfig({ needsAuthentication: true });
