import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Client } from 'pg';
import { AppConfig } from '../config/app-config';
import { CorpusDatabase } from '../corpus/corpus-database';
import { DATABASE_URL_IN_USE } from '../database/database.module';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { createIndexStatement, indexNameOf } from '../database/vector-index';

/** Progress of an index build, as Postgres reports it. */
export interface IndexProgress {
  /** `building index: loading tuples`, `waiting for old snapshots` and so on. */
  phase: string;
  /** 0 to 1 within the phase; null if the phase does not report it. */
  share: number | null;
}

type IndexState = 'valid' | 'invalid' | 'missing';

const POLL_MS = 500;

/** Builds the HNSW index of a space CONCURRENTLY, so that neither readers nor writers wait. */
@Injectable()
export class SpaceIndex {
  private readonly logger = new Logger('SpaceUpgrade');

  constructor(
    private readonly database: CorpusDatabase,
    @Inject(DATABASE_URL_IN_USE) private readonly databaseUrl: string,
    private readonly config: AppConfig,
  ) {}

  /**
   * Ensures that a valid index exists. A build that a dead worker began continues in the server and is waited for; the
   * invalid index of an interrupted build is dropped and built again.
   * @param wanted polled; the build is cancelled when it returns false, or when the signal aborts
   * @returns whether the index exists; false if it is no longer wanted
   */
  async ensure(space: EmbeddingSpace, wanted: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      signal.throwIfAborted();
      if (!(await wanted())) return false;
      if ((await this.progress(space)) !== null) {
        await setTimeout(POLL_MS, undefined, { signal });
        continue;
      }
      const state = await this.state(space);
      if (state === 'valid') return true;
      if (state === 'invalid')
        this.logger.warn(
          `the index ${indexNameOf(space)} is the invalid rest of an interrupted build; building it again`,
        );
      await this.build(space, state, wanted, signal);
    }
  }

  /** @returns null if no build is running */
  async progress({ table }: Pick<EmbeddingSpace, 'table'>): Promise<IndexProgress | null> {
    const rows = await this.database.sql<IndexProgress>(
      `SELECT phase,
              CASE WHEN tuples_total > 0 THEN tuples_done::float8 / tuples_total
                   WHEN blocks_total > 0 THEN blocks_done::float8 / blocks_total END AS share
       FROM pg_stat_progress_create_index
       WHERE datname = current_database() AND relid = to_regclass($1)`,
      [table],
    );
    return rows[0] ?? null;
  }

  private async state(space: EmbeddingSpace): Promise<IndexState> {
    const rows = await this.database.sql<{ valid: boolean }>(
      `SELECT i.indisvalid AND i.indisready AS valid
       FROM pg_index i
       WHERE i.indrelid = to_regclass($1) AND i.indexrelid = to_regclass($2)`,
      [space.table, indexNameOf(space)],
    );
    if (rows.length === 0) return 'missing';
    return rows[0].valid ? 'valid' : 'invalid';
  }

  private async build(
    space: EmbeddingSpace,
    state: IndexState,
    wanted: () => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<void> {
    // A separate connection: statements on connections of the pool time out.
    const client = new Client({ connectionString: this.databaseUrl, keepAlive: true });
    client.on('error', () => undefined);
    await client.connect();
    const watch = new AbortController();
    const watching = this.cancelUnlessWanted(space, wanted, signal, watch.signal);
    try {
      const { memory, workers } = this.config.spaceUpgrade.index;
      if (memory !== null) await client.query(`SET maintenance_work_mem = '${memory}'`);
      if (workers !== null) await client.query(`SET max_parallel_maintenance_workers = ${workers}`);
      if (state === 'invalid') await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${indexNameOf(space)}`);
      await client.query(createIndexStatement(space));
      // Without statistics, the first searches after a promotion would get bad plans.
      await client.query(`ANALYZE ${space.table}`);
    } catch (error) {
      if (!isExpected(error)) throw error;
    } finally {
      watch.abort();
      await watching;
      await client.end().catch(() => undefined);
    }
  }

  private async cancelUnlessWanted(
    { table }: EmbeddingSpace,
    wanted: () => Promise<boolean>,
    stop: AbortSignal,
    ended: AbortSignal,
  ): Promise<void> {
    while (!ended.aborted) {
      await setTimeout(POLL_MS, undefined, { signal: ended }).catch(() => undefined);
      if (ended.aborted) return;
      if (!stop.aborted && (await wanted().catch(() => true))) continue;
      await this.database
        .sql(
          `SELECT pg_cancel_backend(pid) FROM pg_stat_progress_create_index
           WHERE datname = current_database() AND relid = to_regclass($1)`,
          [table],
        )
        .catch(() => undefined);
    }
  }
}

/** The build was cancelled, or another process was faster: the caller looks at the state again. */
function isExpected(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === '57014' || code === '42P07' || code === '42P01';
}
