import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig, FastifyRequest } from 'fastify';

/** What the decorators of a route have said so far. */
const CONFIG = Symbol('RouteConfig');

type Config = Partial<FastifyContextConfig>;

/**
 * Adds to the configuration that Fastify keeps for a route, where hooks read it before anything of a body is. On a
 * controller it holds for every route that does not say otherwise itself. Unlike Nest's own decorator, several add up.
 */
export function routeConfig(config: Config): MethodDecorator & ClassDecorator {
  return (target: object, property?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (property !== undefined && descriptor) return apply(target, property, descriptor, config, 'wins');
    const { prototype } = target as { prototype: object };
    for (const [name, method] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
      if (name !== 'constructor' && typeof method.value === 'function')
        apply(prototype, name, method, config, 'yields');
  };
}

function apply(
  prototype: object,
  name: string | symbol,
  descriptor: PropertyDescriptor,
  config: Config,
  order: 'wins' | 'yields',
): void {
  const method = descriptor.value as object;
  const said = (Reflect.getOwnMetadata(CONFIG, method) ?? {}) as Config;
  const merged = order === 'wins' ? { ...said, ...config } : { ...config, ...said };
  Reflect.defineMetadata(CONFIG, merged, method);
  RouteConfig(merged)(prototype, name, descriptor);
}

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

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What {@link LargeBody} says of a route. */
    largeBody?: boolean;
  }
}

/** Lets the bodies of a route be as large, and take as long to arrive, as documents are and do. */
export const LargeBody = (): MethodDecorator => routeConfig({ largeBody: true });

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What {@link Management} says of a route. */
    management?: boolean;
  }
}

/** Marks the routes of those who run the service: where there is a management port they are answered there alone. */
export const Management = (): ClassDecorator => routeConfig({ management: true });

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call a route: everybody, or callers with any one of these scopes. */
    access?: 'public' | readonly string[];
  }
}

/** Opens a controller or one of its methods to callers without an API key. */
export const Public = (): MethodDecorator & ClassDecorator => routeConfig({ access: 'public' });
