import { routeConfig } from './route-config';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What {@link LargeBody} says of a route. */
    largeBody?: boolean;
  }
}

/** Lets the bodies of a route be as large, and take as long to arrive, as documents are and do. */
export const LargeBody = (): MethodDecorator => routeConfig({ largeBody: true });
