import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

/** Beside this file, in `src` and in `dist`. */
const PAGE = join(__dirname, 'page');

/**
 * The page loads from and calls only its own origin, runs only its script files, cannot be framed, and the browser refuses to turn
 * text into markup.
 */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // Revalidated at every load, by ETag: after an upgrade no file of the old page is used.
  'cache-control': 'no-cache',
};

/** `GET /console`: a web page that calls only the public API, with the key that the user enters. */
@Module({})
export class ConsoleModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** Serves the files without authentication; they contain no data. */
  onModuleInit(): void {
    const adapter = this.host.httpAdapter as ReturnType<NestFastifyApplication['getHttpAdapter']>;
    // Not awaited: that would make Fastify ready before its error handler is set.
    void adapter.getInstance().register(servePage);
  }
}

async function servePage(fastify: FastifyInstance): Promise<void> {
  await fastify.register(fastifyStatic, {
    root: PAGE,
    prefix: '/console/',
    // One route per file; other paths get the service's usual 404.
    wildcard: false,
    globIgnore: ['index.html'],
    index: false,
    cacheControl: false,
    setHeaders: (reply) => void reply.headers(HEADERS),
  });
  fastify.get('/console', (_request, reply) => reply.sendFile('index.html'));
  // Relative, like all addresses of the page, so that a proxy may serve it under a path.
  fastify.get('/console/', (_request, reply) => reply.redirect('../console'));
}
