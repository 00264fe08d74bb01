import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import { DataSource, type Migration, MigrationExecutor, type QueryRunner } from 'typeorm';
import { isEmbedded } from './embedded-postgres';

/** Any constant; it serialises processes that migrate at the same time. */
const MIGRATION_LOCK = 7_305_119;
const LOOK_MS = 100;

const MIGRATIONS = join(__dirname, '../../migrations/*.{js,ts}');

/** A connection for migrations: no time limit, one connection, the files of `migrations/` unless others are named. */
export function migrationDataSource(url: string, files: string = MIGRATIONS): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    installExtensions: false,
    poolSize: 1,
    migrations: [files],
    migrationsTransactionMode: 'each',
  });
}

/**
 * Applies every pending migration in order. Those that follow each other are applied together or not at all; one with
 * `transaction = false` (an index built CONCURRENTLY) runs by itself, outside a transaction, so it must do no harm when
 * it is run again after it was broken off. Safe to call from several processes at once: they run one after another.
 * @param files pattern of others than those of `migrations/`
 * @returns the names of the migrations applied
 */
export async function migrate(url: string, files?: string): Promise<string[]> {
  return inTurn(url, async () => {
    const dataSource = await migrationDataSource(url, files).initialize();
    try {
      return await applyMigrations(dataSource);
    } finally {
      await dataSource.destroy();
    }
  });
}

async function applyMigrations(dataSource: DataSource): Promise<string[]> {
  const applied: string[] = [];
  for (let some = await applyNext(dataSource); some.length > 0; some = await applyNext(dataSource))
    applied.push(...some.map(({ name }) => name));
  return applied;
}

/** @returns the migrations applied: as many as go into one transaction, or one that takes none; none when all are */
async function applyNext(dataSource: DataSource): Promise<Migration[]> {
  const together = await dataSource.transaction(async ({ queryRunner }) => {
    const pending = await pendingOf(dataSource, queryRunner);
    const alone = pending.findIndex(needsNoTransaction);
    return applyAll(dataSource, queryRunner, alone < 0 ? pending : pending.slice(0, alone));
  });
  if (together.length > 0) return together;
  const pending = await pendingOf(dataSource);
  return applyAll(dataSource, undefined, pending.slice(0, 1));
}

function pendingOf(dataSource: DataSource, queryRunner?: QueryRunner): Promise<Migration[]> {
  return new MigrationExecutor(dataSource, queryRunner).getPendingMigrations();
}

async function applyAll(
  dataSource: DataSource,
  queryRunner: QueryRunner | undefined,
  migrations: readonly Migration[],
): Promise<Migration[]> {
  const applied: Migration[] = [];
  for (const migration of migrations)
    applied.push(await new MigrationExecutor(dataSource, queryRunner).executeMigration(migration));
  return applied;
}

const needsNoTransaction = ({ instance }: Migration) => instance?.transaction === false;

/**
 * Runs `work` while no other process does. The lock belongs to an open transaction of a connection of its own: behind
 * PgBouncer, a session's lock would be somebody else's at once. Who does not get it asks again later: a statement that
 * waits for a lock holds a snapshot, for whose end an index built CONCURRENTLY would wait in turn.
 */
async function inTurn<T>(url: string, work: () => Promise<T>): Promise<T> {
  // One process has the data folder, and an open transaction would make its own connections wait.
  if (isEmbedded(url)) return work();
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    while (!(await takesLock(client))) await setTimeout(LOOK_MS);
    return await work();
  } finally {
    await client.end();
  }
}

async function takesLock(client: Client): Promise<boolean> {
  await client.query('BEGIN');
  await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
  // Without a parameter: that is one message, whose portal ends with it. One that stays open holds a snapshot.
  const { rows } = await client.query<{ locked: boolean }>(
    `SELECT pg_try_advisory_xact_lock(${MIGRATION_LOCK}) AS locked`,
  );
  if (!rows[0].locked) await client.query('ROLLBACK');
  return rows[0].locked;
}
