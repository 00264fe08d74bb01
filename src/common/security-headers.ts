import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

type Policy = Record<string, string[]>;

declare module 'fastify' {
  interface FastifyContextConfig {
    helmet?: { contentSecurityPolicy: { useDefaults: false; directives: Policy } };
  }
}

/**
 * Answers are data: should a browser take one for a page, it may load and do nothing. These few are written here, as helmet
 * composes its headers again for each answer, which costs a fifth of what a cached one does.
 */
const OF_DATA = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};
/** Swagger UI: its own files, the document, styles that its scripts set, and images within them. */
const OF_DOCS: Policy = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};
const DOCS = /^\/docs(?:\/|$)/;

/**
 * Has every answer carry the headers by which browsers protect their users. Pages have a Content-Security-Policy of their
 * own: that of `/docs` is here, the console sets one itself.
 */
export function addSecurityHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const contentSecurityPolicy = { useDefaults: false as const, directives: OF_DOCS };
    if (DOCS.test(route.url)) route.config = { ...route.config, helmet: { contentSecurityPolicy } };
  });
  fastify.addHook('onRequest', ({ routeOptions }, reply, done) => {
    if (!routeOptions.config?.helmet) void reply.headers(OF_DATA);
    done();
  });
  // Not awaited: that would end the server's preparation before its error handler is set.
  void fastify.register(helmet, { global: false });
}
