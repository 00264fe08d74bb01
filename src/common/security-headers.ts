import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

type Policy = Record<string, string[]>;

declare module 'fastify' {
  interface FastifyContextConfig {
    helmet?: { contentSecurityPolicy: { useDefaults: false; directives: Policy } };
  }
}

/** Answers are data: should a browser take one for a page, it may load and do nothing. */
const OF_DATA: Policy = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] };
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
    if (DOCS.test(route.url))
      route.config = { ...route.config, helmet: { contentSecurityPolicy: policy(OF_DOCS) } };
  });
  // Not awaited: that would end the server's preparation before its error handler is set.
  void fastify.register(helmet, { contentSecurityPolicy: policy(OF_DATA) });
}

function policy(directives: Policy): { useDefaults: false; directives: Policy } {
  return { useDefaults: false, directives };
}
