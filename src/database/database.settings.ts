import { flag, integer, list, text } from '../config/setting';

const POSTGRES_URL = { pattern: /^postgres(ql)?:\/\//, rule: 'must be a postgres:// URL' };

/** Postgres */
export const DATABASE_SETTINGS = {
  /** Postgres with pgvector; not set: the embedded PGlite in `DATA_DIR`. */
  url: text('DATABASE_URL', POSTGRES_URL),
  /**
   * Streaming replicas of that Postgres, separated by commas. Retrieval reads from one that has replayed the collection,
   * else from the primary; all else is read and written there. Each names one server: a balancer would change it between
   * two statements of a connection.
   */
  replicaUrls: list('DATABASE_REPLICA_URLS', POSTGRES_URL),
  /** Connections to Postgres per process; one that answers questions opens them at its start and keeps them. */
  poolSize: integer('DATABASE_POOL_SIZE', { default: 10, min: 2, max: 500 }),
  /** Milliseconds after which a statement is given up. */
  statementTimeoutMs: integer('DATABASE_STATEMENT_TIMEOUT_MS', { default: 10_000, min: 100 }),
  /**
   * Milliseconds that a question waits for Postgres to come back, from the beginning of an outage; a restart or failover
   * that is over by then is not noticed.
   */
  waitMs: integer('DATABASE_WAIT_MS', { default: 5_000, min: 0 }),
  /** Apply pending migrations at start. Several processes may start at once; one applies them. */
  migrateOnStart: flag('MIGRATE_ON_START', { default: true }),
};
