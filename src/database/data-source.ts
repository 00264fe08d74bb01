import type { DataSourceOptions } from 'typeorm';
import type { AppConfig } from '../config/app-config';

/** How TypeORM connects. Entities are added by the modules that own them (`autoLoadEntities`). */
export function dataSourceOptions(url: string, config: AppConfig) {
  const { poolSize, statementTimeoutMs } = config.database;
  return {
    type: 'postgres',
    url,
    installExtensions: false,
    poolSize,
    // Client-side, because PgBouncer refuses unknown start-up parameters such as statement_timeout.
    extra: { connectionTimeoutMillis: 3000, query_timeout: statementTimeoutMs, keepAlive: true },
    // A broken idle connection is replaced; the next statement says whether the server is away.
    poolErrorHandler: () => undefined,
  } as const satisfies DataSourceOptions;
}
