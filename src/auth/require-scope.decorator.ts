import { routeConfig } from '../common/route-config';
import type { ApiScope } from './principal';

/**
 * What an API key needs to call a controller or one of its methods: any one of the scopes. The method's
 * scopes replace the controller's. Every route declares this or {@link Public}; one without is refused.
 */
export const RequireScope = (...scopes: [ApiScope, ...ApiScope[]]): MethodDecorator & ClassDecorator =>
  routeConfig({ access: scopes });
