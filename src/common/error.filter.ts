import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from './app-error';
import { bodyTypesOf } from './route-config';
import { ClientGone } from './cancellation';
import type { ErrorCode } from './error-codes';
import { describeError } from './error-description';
import { EventStream } from './event-stream';
import { errorBody, INTERNAL_MESSAGE, openAiErrorBody } from './error-body';
import type { HttpRouteTable } from './http-route-table';

/** Recognises errors of a library that mean something to a caller; null for all others. */
export type ErrorMapper = (error: unknown) => AppError | null;

export interface ErrorFilterOptions {
  routes: HttpRouteTable;
  /** Asked in order, before an error counts as a fault of the service. */
  mappers: readonly ErrorMapper[];
}

/** What a framework's own error means, by its HTTP status. */
const CODE_OF_STATUS: Record<number, ErrorCode> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'NOT_FOUND',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  431: 'HEADERS_TOO_LARGE',
};

/** Their errors say a little more. */
const OPENAI_ROUTES = /^\/v1(?:\/|$)/;
const DEFAULT_RETRY_AFTER_SECONDS = 5;

/** Makes every error leave the service in the one shape, and logs the cause of those that are its own fault. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  constructor(private readonly options: ErrorFilterOptions) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.send(exception, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Answers a request with an error; a response that has begun can only be ended, a stream with an event. */
  send(exception: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (exception instanceof ClientGone) {
      reply.hijack();
      return;
    }
    const error = this.toAppError(exception, request);
    this.log(error, exception, request.id);
    if (EventStream.fail(reply, error)) return;
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.end();
      return;
    }
    if (error.status === 401) void reply.header('www-authenticate', 'Bearer');
    if (error.status === 429 || error.status === 503)
      void reply.header(
        'retry-after',
        Math.max(1, Math.ceil(error.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS)),
      );
    if (error.code === 'METHOD_NOT_ALLOWED' && Array.isArray(error.details?.allowed))
      void reply.header('allow', error.details.allowed.join(', '));
    void reply
      .status(error.status)
      .header('x-request-id', request.id)
      .type('application/json; charset=utf-8')
      .serializer(JSON.stringify)
      .send((OPENAI_ROUTES.test(request.raw.url ?? '') ? openAiErrorBody : errorBody)(error, request.id));
  }

  private toAppError(exception: unknown, request: FastifyRequest): AppError {
    if (exception instanceof AppError) return exception;
    // Its error looks like that of any broken connection, and nobody is there to read the answer.
    if (request.raw.destroyed && !request.raw.complete)
      return new AppError('BAD_REQUEST', 'The body did not arrive completely.', { cause: exception });
    for (const mapper of this.options.mappers) {
      const mapped = mapper(exception);
      if (mapped) return mapped;
    }
    const status = frameworkStatus(exception);
    const code =
      status === null ? undefined : (CODE_OF_STATUS[status] ?? (status < 500 ? 'BAD_REQUEST' : undefined));
    if (code === undefined) return new AppError('INTERNAL', INTERNAL_MESSAGE, { cause: exception });
    return this.ofFramework(code, exception as Error, request);
  }

  private ofFramework(code: ErrorCode, cause: Error, request: FastifyRequest): AppError {
    if (code === 'NOT_FOUND') {
      // Fastify has no params for a path it could not decode.
      const path = request.raw.url?.split('?', 1)[0] ?? '';
      const allowed = this.options.routes.methodsAt(path);
      return allowed.length > 0 && !allowed.includes(request.method)
        ? new AppError(
            'METHOD_NOT_ALLOWED',
            `${request.method} is not possible here; ${allowed.join(', ')} is.`,
            {
              cause,
              details: { allowed },
            },
          )
        : new AppError('NOT_FOUND', 'No such route; /docs lists those that exist.', { cause });
    }
    const { bodyLimit } = request.routeOptions;
    if (code === 'PAYLOAD_TOO_LARGE' && isBodyTooLarge(cause) && bodyLimit !== undefined)
      return bodyTooLarge(bodyLimit, cause);
    if (code === 'UNSUPPORTED_MEDIA_TYPE') return unsupportedBodyType(request, cause);
    return new AppError(code, cause.message, { cause });
  }

  private log(error: AppError, exception: unknown, requestId: string): void {
    if (error.status < 500) return;
    const line = `${error.code} request_id=${requestId} ${describeError(error === exception ? error : exception)}`;
    if (error.retryable) this.logger.warn(line);
    else this.logger.error(line);
  }
}

/** The error for a body of a type that the route does not take. */
export function unsupportedBodyType(request: FastifyRequest, cause?: Error): AppError {
  const supported = bodyTypesOf(request);
  return new AppError(
    'UNSUPPORTED_MEDIA_TYPE',
    `Send ${supported.join(' or ')}, with the content-type header saying so.`,
    { cause, details: { supported } },
  );
}

/** The error for a body of more bytes than the route takes. */
export function bodyTooLarge(limitBytes: number, cause?: Error): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', `The body is larger than ${limitBytes} bytes.`, {
    cause,
    details: { limitBytes },
  });
}

/** The HTTP status of an error of Nest, Fastify or a plugin of its; null for an error of any other kind. */
function frameworkStatus(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  if (!(error instanceof Error)) return null;
  const { code, statusCode } = error as Error & { code?: unknown; statusCode?: unknown };
  return typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number'
    ? statusCode
    : null;
}

/** Whether it was the body as a whole, rather than a part of a multipart body; Nest wraps Fastify's errors. */
function isBodyTooLarge(error: Error): boolean {
  const inner = error.cause instanceof Error ? error.cause : error;
  return 'code' in inner && inner.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
}
