import type { FastifyRequest } from 'fastify';
import { routeConfig } from './route-config';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What {@link BodyTypes} says of a route. */
    bodyTypes?: readonly string[];
  }
}

const JSON_ALONE = ['application/json'] as const;

/**
 * Says which media types the bodies of a route may have, in lower case and without parameters; without it JSON alone. A
 * parser of any other type belongs to the routes that name it: no other handler would know what to do with what it gives.
 */
export const BodyTypes = (...types: string[]): MethodDecorator => routeConfig({ bodyTypes: types });

/** The media types that the route of a request takes. */
export function bodyTypesOf(request: FastifyRequest): readonly string[] {
  return request.routeOptions?.config?.bodyTypes ?? JSON_ALONE;
}

/** The media type of a request's body, in lower case and without parameters; null where its sender says none. */
export function bodyTypeOf({ headers }: FastifyRequest): string | null {
  return headers['content-type']?.split(';', 1)[0].trim().toLowerCase() || null;
}
