import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { NotFoundException } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from './app-error';
import { bodyTypeOf, bodyTypesOf } from './route-config';
import { bodyTooLarge, ErrorFilter, type ErrorMapper, unsupportedBodyType } from './error.filter';
import { errorBody } from './error-body';
import { parseJsonBody } from './http-json-body';
import { HttpRouteTable } from './http-route-table';
import { newId, requestIdOf } from './ids';
import { ManagementPort } from './management-port';
import { addSecurityHeaders } from './security-headers';

/** Media types of bodies that are read as they come, in whatever time that takes. */
const STREAMED = 'application/x-ndjson';

/** What a body may be: of every call, and of one that brings documents in (`@LargeBody`). */
export interface BodyLimits {
  /** Largest accepted body in bytes. */
  maxBytes: number;
  /** Milliseconds within which it must have arrived completely; a stream is looked after by who reads it. */
  arrivalMs: number;
}

export interface HttpOptions {
  body: BodyLimits;
  /** Of routes with `@LargeBody`; default: as of all others. */
  largeBody?: BodyLimits;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed; default: none. */
  trustedProxies?: readonly string[];
  /** Recognise errors of libraries, such as those of a database that is unavailable. */
  errorMappers?: readonly ErrorMapper[];
}

/**
 * Fastify as the service wants it: JSON bodies only (multipart is added by who reads it), strict limits, request ids,
 * and every error in the one shape, including those that arise before any route is found.
 */
export class HttpAdapter extends FastifyAdapter {
  readonly errorFilter: ErrorFilter;
  private management: ManagementPort | null = null;
  /** Connections that have sent no request yet; Node does not count them as idle. */
  private readonly silent = new Set<Socket>();

  constructor({ body, largeBody = body, trustedProxies = [], errorMappers = [] }: HttpOptions) {
    const routes = new HttpRouteTable();
    const errorFilter = new ErrorFilter({ routes, mappers: errorMappers });
    super({
      bodyLimit: body.maxBytes,
      // Node's own limit knows no exceptions.
      requestTimeout: 0,
      trustProxy: trustedProxies.length > 0 && [...trustedProxies],
      genReqId: requestIdOf,
      frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
        errorFilter.send(error, request, reply),
      clientErrorHandler: answerUnreadableRequest,
    });
    this.errorFilter = errorFilter;
    const fastify = this.getInstance();
    fastify.server.on('connection', (socket: Socket) => {
      this.silent.add(socket);
      socket.once('close', () => this.silent.delete(socket));
    });
    fastify.server.on('request', ({ socket }: IncomingMessage) => this.silent.delete(socket));
    fastify.addHook('onRoute', (route) => {
      routes.add(route.method, route.url);
      if (route.config?.largeBody) route.bodyLimit = largeBody.maxBytes;
    });
    addSecurityHeaders(fastify);
    fastify.addHook('onRequest', (request, _reply, done) => {
      done(this.management?.isRight(request) === false ? new NotFoundException() : undefined);
    });
    fastify.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id);
      const type = bodyTypeOf(request);
      const isForeign = type !== null && !bodyTypesOf(request).includes(type);
      const { arrivalMs } = request.routeOptions.config?.largeBody ? largeBody : body;
      if (type !== STREAMED || isForeign) limitArrival(request.raw, reply, arrivalMs);
      done(isForeign && !request.is404 && hasBody(request.raw) ? unsupportedBodyType(request) : undefined);
    });
    // Fastify itself would hang up, and who still sends would not see why.
    fastify.addHook('preParsing', (request, _reply, payload, done) => {
      const { bodyLimit } = request.routeOptions;
      const isTooLarge = Number(request.headers['content-length'] ?? 0) > (bodyLimit ?? Infinity);
      if (isTooLarge && bodyTypeOf(request) !== STREAMED) done(bodyTooLarge(bodyLimit!));
      else done(null, payload);
    });
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
      try {
        done(null, parseJsonBody(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    });
  }

  /**
   * Answers routes with `@Management` on a port of their own from now on, and nowhere else.
   * @param port 0 takes a free one
   * @returns where it listens, and what ends that
   */
  async listenForManagement(port: number, host: string): Promise<{ url: string; close(): Promise<void> }> {
    const management = new ManagementPort(this.getInstance());
    this.management = management;
    return { url: await management.listen(port, host), close: () => management.close() };
  }

  /** Closes the connections on which nobody waits for an answer. */
  hangUp(): void {
    this.getInstance().server.closeIdleConnections();
    for (const socket of this.silent) socket.destroy();
  }

  /** Nest would accept form bodies here. */
  override registerParserMiddleware(): void {}
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Answers a request that does not arrive in time, unless it has been answered, and ends its connection. */
function limitArrival(message: IncomingMessage, { raw }: FastifyReply, arrivalMs: number): void {
  if (!hasBody(message)) return;
  const timer = setTimeout(() => {
    if (message.complete) return;
    const error = Object.assign(new Error('the request takes too long'), {
      code: 'ERR_HTTP_REQUEST_TIMEOUT',
    });
    if (raw.headersSent) message.socket.destroy();
    else answerUnreadableRequest(error, message.socket);
  }, arrivalMs).unref();
  message.once('close', () => clearTimeout(timer));
}

/** What Node's parser refuses never becomes a request: the answer is written to the socket. */
function answerUnreadableRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const answer =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? new AppError('REQUEST_TIMEOUT', 'The request did not arrive completely in time.')
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? new AppError('HEADERS_TOO_LARGE', 'The request line and headers are larger than 16 KiB.')
        : new AppError('BAD_REQUEST', 'This is not a valid HTTP request.');
  const body = JSON.stringify(errorBody(answer, newId()));
  socket.end(
    `HTTP/1.1 ${answer.status} Error\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
