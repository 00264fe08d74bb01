import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Metrics } from './metrics';
import { type RequestContext, runInRequest } from './request-context';

/** Probes come every few seconds and are logged at level debug only. */
const PROBES = /^\/(health|metrics)(\/|$)/;

/**
 * Opens a {@link RequestContext} for every HTTP request. When the response was sent, writes one log line (route pattern, status,
 * milliseconds; never a body, header or query string) and one value of `rag_request_latency_seconds`.
 */
@Injectable()
export class RequestLog implements OnModuleInit {
  private readonly logger = new Logger('Request');
  private readonly contexts = new WeakMap<FastifyRequest, RequestContext>();

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    // Absent in an application context without HTTP.
    const fastify = this.host.httpAdapter?.getInstance?.<FastifyInstance | undefined>();
    if (typeof fastify?.addHook !== 'function') return;
    fastify.addHook('onRequest', (request, _reply, done) => {
      const context: RequestContext = { requestId: request.id, cacheLayer: 'none' };
      this.contexts.set(request, context);
      nameSpan(request);
      runInRequest(context, done);
    });
    // Socket events, by which a body arrives, do not carry the request's async context.
    fastify.addHook('preValidation', (request, _reply, done) => {
      const context = this.contexts.get(request);
      if (context) runInRequest(context, done);
      else done();
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      this.finish(request, reply);
      done();
    });
  }

  private finish(request: FastifyRequest, reply: FastifyReply): void {
    const context = this.contexts.get(request);
    // Never the path itself: a label has few, fixed values.
    const route = request.routeOptions.url ?? 'unmatched';
    const cache = context?.cacheLayer ?? 'none';
    this.metrics.requestLatency.observe({ route, cache }, reply.elapsedTime / 1000);
    const line = `${request.method} ${route} ${reply.statusCode}`;
    const params = { ms: Math.round(reply.elapsedTime * 100) / 100, cache };
    const write = () =>
      PROBES.test(route) ? this.logger.debug(line, params) : this.logger.log(line, params);
    if (context) runInRequest(context, write);
    else write();
  }
}

/** HTTP spans are created from the path, which may name a person, before the route is known; this replaces it by the route. */
function nameSpan({ id, method, routeOptions }: FastifyRequest): void {
  const route = routeOptions.url ?? 'unmatched';
  trace.getActiveSpan()?.updateName(`${method} ${route}`).setAttributes({
    'http.route': route,
    'evergreen.request_id': id,
    'url.path': route,
    'url.query': '',
  });
}
