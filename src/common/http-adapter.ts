import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from './app-error';
import { bodyTypeOf, bodyTypesOf } from './body-types.decorator';
import { ErrorFilter, type ErrorMapper, unsupportedBodyType } from './error.filter';
import { errorBody } from './http-error-body';
import { parseJsonBody } from './http-json-body';
import { HttpRouteTable } from './http-route-table';
import { newId } from './ids';
import { requestIdOf } from './request-id';

/** Milliseconds within which a request must have arrived completely; a stream is looked after by who reads it. */
const REQUEST_TIMEOUT_MS = 300_000;
/** Media types of bodies that are read as they come, in whatever time that takes. */
const STREAMED = 'application/x-ndjson';

export interface HttpOptions {
  /** Largest accepted body in bytes. */
  maxBodyBytes: number;
  /** Recognise errors of libraries, such as those of a database that is away. */
  errorMappers?: readonly ErrorMapper[];
}

/**
 * Fastify as the service wants it: JSON bodies only (multipart is added by who reads it), strict limits, request ids,
 * and every error in the one shape, including those that arise before any route is found.
 */
export class HttpAdapter extends FastifyAdapter {
  readonly errorFilter: ErrorFilter;
  /** Connections that have sent no request yet; Node does not count them as idle. */
  private readonly silent = new Set<Socket>();

  constructor({ maxBodyBytes, errorMappers = [] }: HttpOptions) {
    const routes = new HttpRouteTable();
    const errorFilter = new ErrorFilter({ maxBodyBytes, routes, mappers: errorMappers });
    super({
      bodyLimit: maxBodyBytes,
      // Node's own limit knows no exceptions.
      requestTimeout: 0,
      trustProxy: false,
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
    fastify.addHook('onRoute', ({ method, url }) => routes.add(method, url));
    fastify.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id);
      const type = bodyTypeOf(request);
      const isForeign = type !== null && !bodyTypesOf(request).includes(type);
      if (type !== STREAMED || isForeign) limitArrival(request.raw);
      done(isForeign && !request.is404 && hasBody(request.raw) ? unsupportedBodyType(request) : undefined);
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

/** Answers a request that does not arrive in time, and ends its connection. */
function limitArrival(message: IncomingMessage): void {
  if (!hasBody(message)) return;
  const timer = setTimeout(() => {
    const error = Object.assign(new Error('the request takes too long'), {
      code: 'ERR_HTTP_REQUEST_TIMEOUT',
    });
    if (!message.complete) answerUnreadableRequest(error, message.socket);
  }, REQUEST_TIMEOUT_MS).unref();
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
