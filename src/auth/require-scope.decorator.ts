import { SetMetadata } from '@nestjs/common';
import type { ApiScope } from './principal';

/** Metadata key of {@link RequireScope}; the guard reads it. */
export const REQUIRED_SCOPES = Symbol('RequiredScopes');

/**
 * What an API key needs to call a controller or one of its methods: any one of the scopes. The method's
 * scopes replace the controller's. Every route declares this or {@link Public}; one without is refused.
 */
export const RequireScope = (...scopes: [ApiScope, ...ApiScope[]]): MethodDecorator & ClassDecorator =>
  SetMetadata(REQUIRED_SCOPES, scopes);
