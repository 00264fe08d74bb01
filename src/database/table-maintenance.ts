import { FROM_VECTOR_INDEXES } from './vector-index';

/** Runs one statement outside of any transaction. @returns its rows */
export type MaintenanceSession = (statement: string) => Promise<unknown[]>;

/** A table, and what it needs. */
interface TableState {
  /** Quoted, with its schema. */
  name: string;
  /** It has at least doubled since it was analyzed, or never was. */
  grown: boolean;
  /** Autovacuum would analyze it. */
  changed: boolean;
  /** Autovacuum would vacuum it. */
  dead: boolean;
  /** It has an HNSW index. */
  hnsw: boolean;
}

/** So many chunks later tables may have doubled: looking costs about a millisecond. */
const ROWS_PER_LOOK = 1000;
/** A second in which clients used the session for less than this is a quiet one; the queue's polling takes some. */
const QUIET_MS = 150;
/** Quiet seconds in a row after which a table may be vacuumed. */
const QUIET_ROUNDS = 5;

/**
 * What autovacuum does with the database's own settings (`autovacuum_*_threshold`, `_scale_factor`), and what it does too
 * late after a bulk: fresh tables look empty to the planner until somebody analyzes them. Counters of changed rows are lost
 * when an embedded database is closed, sizes are not: a table that doubled is known by its pages.
 * @see https://www.postgresql.org/docs/17/routine-vacuuming.html
 */
const TABLE_STATES = `
  SELECT format('%I.%I', s.schemaname, s.relname) AS name,
         size.pages >= 2 * c.relpages OR s.n_mod_since_analyze > greatest(c.reltuples, 50) AS grown,
         coalesce(s.last_analyze, s.last_autoanalyze) IS NULL OR s.n_mod_since_analyze >
           current_setting('autovacuum_analyze_threshold')::float8
             + current_setting('autovacuum_analyze_scale_factor')::float8 * greatest(c.reltuples, 0) AS changed,
         s.n_dead_tup >
           current_setting('autovacuum_vacuum_threshold')::float8
             + current_setting('autovacuum_vacuum_scale_factor')::float8 * greatest(c.reltuples, 0)
         OR s.n_ins_since_vacuum >
           current_setting('autovacuum_vacuum_insert_threshold')::float8
             + current_setting('autovacuum_vacuum_insert_scale_factor')::float8 * greatest(c.reltuples, 0) AS dead,
         EXISTS (SELECT ${FROM_VECTOR_INDEXES} WHERE i.indrelid = c.oid) AS hnsw
  FROM pg_stat_user_tables s
  JOIN pg_class c ON c.oid = s.relid
  CROSS JOIN LATERAL (
    SELECT pg_relation_size(c.oid) / current_setting('block_size')::bigint AS pages) AS size
  WHERE size.pages > 0 AND pg_has_role(c.relowner, 'USAGE')
  ORDER BY size.pages`;

/**
 * Keeps the planner's statistics true and dead rows few. On a server this is `rowsWritten` alone: autovacuum does the rest,
 * a minute later. An embedded database has no autovacuum, and calls `round` every second.
 */
export class TableMaintenance {
  private rowsSinceLook = 0;
  private quietRounds = 0;
  private underWay: Promise<void> | null = null;
  /** Names of tables whose maintenance failed: they are left alone until the process is started again. */
  private readonly failed = new Set<string>();

  /** @param onError called for each table that could not be maintained, and for tables that could not be read */
  constructor(
    private readonly session: MaintenanceSession,
    private readonly onError: (error: Error) => void,
  ) {}

  /** Reports rows that became visible: once they are many, tables that have doubled are analyzed. Never rejects. */
  async rowsWritten(count: number): Promise<void> {
    this.rowsSinceLook += count;
    if (this.rowsSinceLook < ROWS_PER_LOOK) return;
    this.rowsSinceLook = 0;
    await this.exclusively(() => this.analyzeGrown());
  }

  /**
   * Analyzes what has doubled, even while clients wait: that is cheap, and seldom. Once clients have been quiet for a while it
   * vacuums or analyzes one more table; clients wait for one table at most. Never rejects.
   * @param busyMs for how long clients used the session since the last round
   */
  async round(busyMs: number): Promise<void> {
    this.quietRounds = busyMs < QUIET_MS ? this.quietRounds + 1 : 0;
    await this.exclusively(async () => {
      const others = await this.analyzeGrown();
      if (this.quietRounds < QUIET_ROUNDS) return;
      const next = others.find(({ dead }) => dead) ?? others.find(({ changed }) => changed);
      if (next) await this.maintain(!next.dead ? ANALYZE : next.hnsw ? VACUUM_ROWS : VACUUM, next);
    });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.underWay;
  }

  /** @returns the other tables, smallest first */
  private async analyzeGrown(): Promise<TableState[]> {
    // What this session has changed is counted at the end of the statement, however lately it was counted before.
    await this.session('SELECT pg_stat_force_next_flush()');
    const states = ((await this.session(TABLE_STATES)) as TableState[]).filter(
      ({ name }) => !this.failed.has(name),
    );
    for (const state of states.filter(({ grown }) => grown)) await this.maintain(ANALYZE, state);
    return states.filter(({ grown }) => !grown);
  }

  private async maintain(statement: string, { name }: TableState): Promise<void> {
    try {
      await this.session(`${statement} ${name}`);
    } catch (error) {
      this.failed.add(name);
      this.onError(new Error(`${statement} ${name} failed`, { cause: error }));
    }
  }

  /** Who comes while work is under way need not do it again. */
  private exclusively(work: () => Promise<unknown>): Promise<void> {
    return (this.underWay ??= work()
      .then(
        () => undefined,
        (error: unknown) => this.onError(new Error('the tables could not be looked at', { cause: error })),
      )
      .finally(() => (this.underWay = null)));
  }
}

/** Another process that analyzes or vacuums the table just now does as well. */
const ANALYZE = 'ANALYZE (SKIP_LOCKED)';
const VACUUM = 'VACUUM (ANALYZE, SKIP_LOCKED)';
/**
 * HNSW repairs the neighbourhood of every dead entry, which takes the one session minutes. Their rows are emptied without
 * it; a search passes the entries over. Not analyzed at once, which would count them as dead rows again.
 */
const VACUUM_ROWS = 'VACUUM (SKIP_LOCKED, INDEX_CLEANUP OFF)';
