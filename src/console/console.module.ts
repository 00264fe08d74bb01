import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

/** Beside this file, in `src` as in `dist`. */
const PAGE = join(__dirname, 'page');

/**
 * The page loads and asks its own origin alone, runs no script but its files, stands in nobody's frame, and the browser
 * refuses to turn text into markup, whatever the page tries.
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
  // Asked about at every load, by ETag: after an upgrade no file of the old page is left.
  'cache-control': 'no-cache',
};

/** `GET /console`: a page for people. It calls the public API only, with the key that its user types in. */
@Module({})
export class ConsoleModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** Serves the files to everybody; they hold nothing of anybody. */
  onModuleInit(): void {
    const adapter = this.host.httpAdapter as ReturnType<NestFastifyApplication['getHttpAdapter']>;
    // Not awaited: that would end the server's preparation before its error handler is set.
    void adapter.getInstance().register(servePage);
  }
}

async function servePage(fastify: FastifyInstance): Promise<void> {
  await fastify.register(fastifyStatic, {
    root: PAGE,
    prefix: '/console/',
    // A route for each file: whatever else is asked for is answered as everywhere.
    wildcard: false,
    globIgnore: ['index.html'],
    index: false,
    cacheControl: false,
    setHeaders: (reply) => void reply.headers(HEADERS),
  });
  fastify.get('/console', (_request, reply) => reply.sendFile('index.html'));
  // Relative, as all addresses of the page are: a proxy may serve it under a path of its own.
  fastify.get('/console/', (_request, reply) => reply.redirect('../console'));
}
