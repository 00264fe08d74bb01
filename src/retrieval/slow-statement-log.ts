import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import { describeError } from '../common/error-description';
import { AppConfig } from '../config/app-config';
import type { Queryable } from '../database/read-replicas';
import type { Statement } from './search-plan';

const LEAST_INTERVAL_MS = 60_000;

/** Logs the plan of statements that took longer than `RETRIEVAL_SLOW_MS`, once a minute at most. */
@Injectable()
export class SlowStatementLog {
  private readonly logger = new Logger(SlowStatementLog.name);
  private loggedAtMs = -Infinity;
  private running: Promise<void> | null = null;

  constructor(
    private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Runs a statement on `database`, and asks the same for the plan; its rows or its error are those of the statement, whatever becomes of the log. */
  async query<Row>(database: Queryable, name: string, statement: Statement): Promise<Row[]> {
    const startedMs = this.clock.nowMs();
    try {
      return await database.query<Row>(statement.text, statement.values);
    } finally {
      const tookMs = this.clock.nowMs() - startedMs;
      if (tookMs > this.config.retrieval.slowMs) this.explain(database, name, tookMs, statement);
    }
  }

  /** Resolves once no plan is being fetched. */
  async idle(): Promise<void> {
    await this.running;
  }

  private explain(database: Queryable, name: string, tookMs: number, { text, values }: Statement): void {
    const nowMs = this.clock.nowMs();
    if (this.running || nowMs - this.loggedAtMs < LEAST_INTERVAL_MS) return;
    this.loggedAtMs = nowMs;
    this.running = database
      .query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values)
      .then((rows) => {
        const plan = withoutLiterals(rows.map((row) => row['QUERY PLAN']).join('\n'));
        this.logger.warn(`slow ${name} statement: ${Math.round(tookMs)} ms; its plan:\n${plan}`);
      })
      .catch((error: unknown) =>
        this.logger.warn(
          `slow ${name} statement: ${Math.round(tookMs)} ms; no plan: ${describeError(error)}`,
        ),
      )
      .finally(() => {
        this.running = null;
      });
  }
}

/** A plan without the values of strings: neither vectors nor what a caller filters by belong into a log. */
export function withoutLiterals(plan: string): string {
  return plan.replace(/'(?:[^']|'')*'/g, `'…'`);
}
