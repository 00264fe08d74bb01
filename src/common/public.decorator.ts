import { routeConfig } from './route-config';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call a route: everybody, or callers with any one of these scopes. */
    access?: 'public' | readonly string[];
  }
}

/** Opens a controller or one of its methods to callers without an API key. */
export const Public = (): MethodDecorator & ClassDecorator => routeConfig({ access: 'public' });
