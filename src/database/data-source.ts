import type { Client, Pool, PoolClient } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { AppConfig } from '../config/app-config';

/** How TypeORM connects. Entities are added by the modules that own them (`autoLoadEntities`). */
export function dataSourceOptions(url: string, config: AppConfig) {
  const { poolSize, statementTimeoutMs } = config.database;
  // Those of a process that answers: questions that the cache does not answer any more come all at once.
  const isAsked = config.role !== 'worker' && config.database.url !== null;
  return {
    type: 'postgres',
    url,
    installExtensions: false,
    poolSize,
    // Client-side, because PgBouncer refuses unknown start-up parameters such as statement_timeout.
    extra: {
      connectionTimeoutMillis: 3000,
      query_timeout: statementTimeoutMs,
      keepAlive: true,
      min: isAsked ? poolSize : 0,
      // The pool listens to idle connections alone, TypeORM to those of its queries. An error without a listener would end
      // the process; the connection is taken out of the pool when it is released.
      onConnect: (client: Client) => void client.on('error', () => undefined),
    },
    // A broken idle connection is replaced; the next statement says whether the server is unavailable.
    poolErrorHandler: () => undefined,
  } as const satisfies DataSourceOptions;
}

/**
 * Connects, and keeps connections that were given up in the middle of something from being used again. All connections
 * that the pool keeps when they are idle are opened now: who needs them all at once would wait for as many log-ins.
 */
export async function openDataSource(options: DataSourceOptions): Promise<DataSource> {
  const dataSource = await new DataSource(options).initialize();
  const pool = poolOf(dataSource);
  pool.on('release', (_error, client) => endUnlessFree(client));
  const kept = Array.from({ length: pool.options.min ?? 0 }, () => pool.connect());
  // A server may have fewer to give.
  for (const opened of await Promise.allSettled(kept))
    if (opened.status === 'fulfilled') opened.value.release();
  return dataSource;
}

/** The connections of a DataSource. */
export function poolOf(dataSource: DataSource): Pool {
  return (dataSource.driver as PostgresDriver).master as Pool;
}

/** What `pg` has and its types do not: the statement that it waits for; null once it has its rows or its error. */
type PooledClient = PoolClient & Pick<Client, 'end'> & { _activeQuery: object | null };

/**
 * Ends a connection that comes back with a statement unanswered or a transaction open, which takes it out of the pool. A
 * statement that takes too long is given up here, while the server goes on with it, and so is the ROLLBACK that waits
 * behind it. Who got such a connection next would write into a transaction that is never committed, or wait for what
 * is no longer wanted.
 */
function endUnlessFree(client: PoolClient): void {
  const { _activeQuery: unanswered } = client as PooledClient;
  if (unanswered || client.getTransactionStatus() !== 'I') void (client as PooledClient).end();
}
