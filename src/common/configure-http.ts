import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HttpAdapter } from './http-adapter';
import { ValidationPipe } from './validation.pipe';

/**
 * Gives an application made on an {@link HttpAdapter} its pipe, its error filter and shutdown on signals. Call it before `init` or `listen`.
 */
export function configureHttp(app: NestFastifyApplication): void {
  const adapter = app.getHttpAdapter();
  if (!(adapter instanceof HttpAdapter))
    throw new TypeError('configureHttp needs an application on an HttpAdapter');
  app.useGlobalPipes(new ValidationPipe());
  app.useGlobalFilters(adapter.errorFilter);
}
