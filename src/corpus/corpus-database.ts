import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { DatabaseReads } from '../database/database-reads';
import { databaseUnavailable, isDatabaseUnavailable } from '../database/database-errors';
import { inTransaction, tryAgain } from '../database/transaction';

/** Runs one statement. @returns its rows; those of `RETURNING` for a statement that changes some */
export type Sql = <Row>(statement: string, parameters: readonly unknown[]) => Promise<Row[]>;

/** Statements on the primary; an unavailable database is reported as such, so that jobs wait for it. */
@Injectable()
export class CorpusDatabase {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly reads: DatabaseReads,
  ) {}

  /** Runs a statement, again if Postgres broke it off for the sake of another. @throws AppError `DATABASE_UNAVAILABLE` */
  readonly sql: Sql = (statement, parameters) =>
    reportingOutages(() =>
      tryAgain(async () => rowsOf(await this.dataSource.query(statement, [...parameters]))),
    );

  /** Runs a statement that changes nothing, and outlasts a short outage. @throws AppError `DATABASE_UNAVAILABLE` */
  readonly read: Sql = (statement, parameters) => this.reads.run(() => this.sql(statement, parameters));

  /**
   * Runs statements in one transaction, again if Postgres broke it off for the sake of another.
   * @throws AppError `DATABASE_UNAVAILABLE`; then it may have been committed
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return reportingOutages(() =>
      inTransaction(this.dataSource, (manager) =>
        work(async (statement, parameters) => rowsOf(await manager.query(statement, [...parameters]))),
      ),
    );
  }
}

/** TypeORM gives `[rows, count]` for UPDATE and DELETE, and rows for everything else. */
function rowsOf<Row>(result: unknown): Row[] {
  if (!Array.isArray(result)) return [];
  const isCounted = result.length === 2 && Array.isArray(result[0]) && typeof result[1] === 'number';
  return (isCounted ? result[0] : result) as Row[];
}

async function reportingOutages<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // The second is what TypeORM says of a transaction whose connection broke between two statements.
    const isUnavailable =
      isDatabaseUnavailable(error) || error instanceof QueryRunnerProviderAlreadyReleasedError;
    throw isUnavailable ? databaseUnavailable(error) : error;
  }
}
