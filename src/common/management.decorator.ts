import { routeConfig } from './route-config';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What {@link Management} says of a route. */
    management?: boolean;
  }
}

/** Marks the routes of those who run the service: where there is a management port they are answered there alone. */
export const Management = (): ClassDecorator => routeConfig({ management: true });
