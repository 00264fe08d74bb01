import { join } from 'node:path';
import { DataSource, type DataSourceOptions, MigrationExecutor } from 'typeorm';
import type { AppConfig } from '../config/app-config';

/** Any constant; two processes that migrate at once wait for each other on it. */
const MIGRATION_LOCK = 7_305_119;

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

/** A connection for migrations: no time limit, one connection, the files of `migrations/`. */
export function migrationDataSource(url: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    installExtensions: false,
    poolSize: 1,
    migrations: [join(__dirname, '../../migrations/*.{js,ts}')],
    migrationsTransactionMode: 'all',
  });
}

/**
 * Applies every pending migration, or none if one fails. Safe to call from several processes at once: they take turns.
 * @returns the names of the migrations applied
 */
export async function migrate(url: string): Promise<string[]> {
  const dataSource = await migrationDataSource(url).initialize();
  try {
    return await dataSource.transaction(async ({ queryRunner }) => {
      // One transaction holds the lock: behind PgBouncer, a session's lock would be somebody else's at once.
      await queryRunner!.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
      const executor = new MigrationExecutor(dataSource, queryRunner);
      executor.transaction = 'all';
      return (await executor.executePendingMigrations()).map(({ name }) => name);
    });
  } finally {
    await dataSource.destroy();
  }
}
