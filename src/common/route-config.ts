import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig } from 'fastify';

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
