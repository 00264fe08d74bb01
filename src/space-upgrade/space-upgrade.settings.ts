import { integer, number, share, text } from '../config/setting';

/**
 * Upgrades of the embedding space
 * @see docs/decisions/009-embedding-spaces.md
 */
export const SPACE_UPGRADE_SETTINGS = {
  /** Questions a minute that each process notes, for upgrades of the embedding space; 0 notes none. */
  recentQuestionsPerMinute: integer('RECENT_QUESTIONS_PER_MINUTE', { default: 60, min: 0, max: 60_000 }),
  /** Days after which a noted question is forgotten if nobody asks it again. */
  recentQuestionDays: number('RECENT_QUESTION_RETENTION_DAYS', { default: 30, min: 0.001 }),
  /** Chunks a second that a backfill embeds at most; not set: as many as the model takes. */
  chunksPerSecond: number('SPACE_BACKFILL_RATE', { min: 0.01 }),
  gate: {
    /** Questions, at most, by which a new embedding space is compared with the active one. */
    questions: integer('SPACE_GATE_QUESTIONS', { default: 100, min: 1, max: 10_000 }),
    /** Least mean share (0 to 1) of the ten nearest chunks of a question that both spaces find. */
    overlap: share('SPACE_GATE_OVERLAP', { default: 0.3 }),
    /** Least recall (0 to 1) of the new space’s index against exact search. */
    recall: share('SPACE_GATE_RECALL', { default: 0.9 }),
  },
  /** Hours that a superseded space is kept for a rollback before it may be retired. */
  graceMs: number('SPACE_RETIRE_GRACE_HOURS', { default: 24, min: 0, times: 3_600_000 }),
  /** Seconds between the retirement of a space and the end of its table: longer than a request takes. */
  dropDelayMs: number('SPACE_DROP_DELAY_SECONDS', { default: 60, min: 2, times: 1000 }),
  index: {
    /**
     * Postgres’ `maintenance_work_mem` for building an index, e.g. `2GB`; not set: the server’s. Needs a direct
     * connection or PgBouncer in session mode.
     */
    memory: text('SPACE_INDEX_MEMORY', {
      pattern: /^[1-9]\d{0,8}(kB|MB|GB)$/,
      rule: 'must look like 512MB or 2GB',
    }),
    /** Parallel workers for building an index (`max_parallel_maintenance_workers`); not set: the server’s. */
    workers: integer('SPACE_INDEX_WORKERS', { min: 0, max: 1024 }),
  },
};
