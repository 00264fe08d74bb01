import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module';
import { configureHttp } from './common/configure-http';
import { HttpAdapter } from './common/http-adapter';
import type { AppConfig } from './config/app-config';
import { HealthRegistry } from './observability/health-registry';
import {
  databaseUnavailable,
  isDatabaseUnavailable,
  isTenantGone,
  tenantGone,
} from './database/database-errors';
import { openDatabase } from './database/open-database';
import { JsonLogger } from './observability/json-logger';

/** Within these a body must have arrived: of any call, and of one that brings documents in, over a slow line too. */
const BODY_ARRIVAL_MS = 30_000;
const LARGE_BODY_ARRIVAL_MS = 300_000;
/** How often connections without a request are closed while the service stops. */
const HANG_UP_INTERVAL_MS = 100;

/** A running service. */
export interface Application {
  app: NestFastifyApplication;
  /** Where it listens, e.g. `http://127.0.0.1:3000`. */
  url: string;
  /** Where health and metrics are, if that is a port of their own. */
  managementUrl: string | null;
  /** Finishes requests and jobs, then closes every connection, the embedded database last. */
  stop(): Promise<void>;
}

/** Opens the database, composes the modules of the configured role and listens. */
export async function startApplication(config: AppConfig): Promise<Application> {
  const database = await openDatabase(config);
  try {
    const adapter = new HttpAdapter({
      body: { maxBytes: config.http.maxRequestBytes, arrivalMs: BODY_ARRIVAL_MS },
      largeBody: { maxBytes: config.http.maxBodyBytes, arrivalMs: LARGE_BODY_ARRIVAL_MS },
      trustedProxies: config.http.trustedProxies,
      errorMappers: [
        (error) => (isDatabaseUnavailable(error) ? databaseUnavailable(error) : null),
        (error) => (isTenantGone(error) ? tenantGone(error) : null),
      ],
    });
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.compose(config, database.url),
      adapter,
      {
        logger: new JsonLogger(config.logLevel),
        abortOnError: false,
      },
    );
    configureHttp(app);
    const { port, host, managementPort } = config.http;
    await app.listen(port, host);
    const management =
      managementPort === null ? null : await adapter.listenForManagement(managementPort, host);
    return {
      app,
      url: await app.getUrl(),
      managementUrl: management?.url ?? null,
      stop: async () => {
        app.get(HealthRegistry).beginStop();
        await delay(config.shutdownDrainMs);
        // The server waits for connections to end; what a client keeps open for a next request would never.
        const hangUp = setInterval(() => adapter.hangUp(), HANG_UP_INTERVAL_MS);
        await app.close().finally(() => clearInterval(hangUp));
        await management?.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
