import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HttpAdapter } from './http-adapter';
import { serveOpenApi } from './open-api';
import { ValidationPipe } from './validation.pipe';

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
