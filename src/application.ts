import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module';
import { configureHttp, fastifyOptions } from './common/configure-http';
import type { AppConfig } from './config/app-config';
import { openDatabase } from './database/open-database';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'log', 'debug'] as const;

/** A running service. */
export interface Application {
  app: NestFastifyApplication;
  /** Where it listens, e.g. `http://127.0.0.1:3000`. */
  url: string;
  /** Finishes requests and jobs, then closes every connection, the embedded database last. */
  stop(): Promise<void>;
}

/** Opens the database, composes the modules of the configured role and listens. */
export async function startApplication(config: AppConfig): Promise<Application> {
  const database = await openDatabase(config);
  try {
    const level = config.logLevel === 'info' ? 'log' : config.logLevel;
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.compose(config, database.url),
      new FastifyAdapter(fastifyOptions(config)),
      {
        logger: new ConsoleLogger({
          json: true,
          logLevels: LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(level) + 1),
        }),
        abortOnError: false,
      },
    );
    configureHttp(app, config);
    await app.listen(config.http.port, config.http.host);
    return {
      app,
      url: await app.getUrl(),
      stop: async () => {
        await app.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
