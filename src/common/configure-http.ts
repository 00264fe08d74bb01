import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HttpAdapter } from './http-adapter';
import { ValidationPipe } from './validation.pipe';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ERROR_CODES } from './error-codes';

/**
 * Gives an application made on an {@link HttpAdapter} its pipe, its error filter and its OpenAPI document (`/docs` for
 * people, `/docs-json` for programs). Call it before `init` or `listen`. Signals are left to the caller.
 */
export function configureHttp(app: NestFastifyApplication, { docs = true } = {}): void {
  const adapter = app.getHttpAdapter();
  if (!(adapter instanceof HttpAdapter))
    throw new TypeError('configureHttp needs an application on an HttpAdapter');
  app.useGlobalPipes(new ValidationPipe());
  app.useGlobalFilters(adapter.errorFilter);
  if (docs) serveOpenApi(app);
}

/** Name of the security scheme in the document: either way of sending an API key. */
const BEARER = 'bearer';
const HEADER = 'x-api-key';

const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'request_id', 'details'],
      properties: {
        code: { type: 'string', enum: Object.keys(ERROR_CODES) },
        message: { type: 'string', description: 'What happened and what to do about it.' },
        request_id: { type: 'string' },
        details: { type: 'object', additionalProperties: true },
      },
    },
  },
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Serves the document of {@link openApiDocument}: `/docs` for people, `/docs-json` for programs. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), { jsonDocumentUrl: 'docs-json' });
}

/** The OpenAPI document of an application; every operation says how its errors look. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Evergreen')
    .setDescription('Retrieval-augmented generation whose cached answers cannot go stale.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', bearerFormat: 'eg_…', description: 'An API key' }, BEARER)
    .addApiKey({ type: 'apiKey', in: 'header', name: HEADER, description: 'An API key' }, HEADER)
    .addSecurityRequirements(BEARER)
    .addSecurityRequirements(HEADER);
  const document = SwaggerModule.createDocument(app, builder.build());
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Error: ERROR_SCHEMA },
  };
  const error = {
    description: 'The error, in the one shape; the status is that of its code.',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  };
  for (const path of Object.values(document.paths))
    for (const method of METHODS) {
      const operation = path[method];
      if (operation) operation.responses = { ...operation.responses, default: error };
    }
  return document;
}
