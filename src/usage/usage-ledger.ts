import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { CLOCK, type Clock } from '../common/clock';
import { inTransaction } from '../database/transaction';
import type { PlannedCall, TokenCounts } from '../models/call-meter';
import { ModelPrices } from '../models/model-prices';
import type { Saving } from './saving';
import { firstOfMonth, utcDay } from './utc-day';

/** After its last moment a call has this long to be written down, before its process counts as dead. */
const GRACE_MS = 10_000;

/** A tenant's budget, in US dollars of this month. */
export interface BudgetState {
  /** Null: no limit. */
  monthlyUsd: number | null;
  spentUsd: number;
  /** What calls under way cost at most. */
  reservedUsd: number;
}

/** A call that is under way. */
export interface OpenCall {
  id: string;
  tenantId: string;
}

/** How a call ended. */
export interface CallOutcome extends OpenCall {
  /** What is paid for as far as is known. */
  used: TokenCounts;
  /** False: the provider may have counted up to what was planned. */
  certain: boolean;
}

/** One line of the ledger. */
export interface UsageLine extends TokenCounts {
  /** UTC, `2026-11-22`. */
  day: string;
  model: string;
  purpose: string;
  /** Tries that were sent. */
  calls: number;
  costUsd: number;
  /** So many more tokens, and dollars, the provider may have counted. */
  uncertainTokens: number;
  uncertainUsd: number;
  savedAnswers: number;
  savedTokens: number;
  savedUsd: number;
}

/** The spent and reserved dollars of tenant $1 since day $2, as of $3. */
const BUDGET = `
  SELECT tenant.monthly_budget_usd AS budget,
         (SELECT coalesce(sum(cost_usd), 0) FROM llm_usage WHERE tenant_id = $1 AND day >= $2)
           + (SELECT coalesce(sum(known_prompt_tokens * prompt_usd + known_completion_tokens * completion_usd), 0)
              FROM llm_call WHERE tenant_id = $1 AND day >= $2 AND resolved_by <= $3) AS spent,
         (SELECT coalesce(sum(planned_prompt_tokens * prompt_usd + planned_completion_tokens * completion_usd), 0)
          FROM llm_call WHERE tenant_id = $1 AND day >= $2 AND resolved_by > $3) AS reserved
  FROM tenant WHERE id = $1`;

/** The usage ledger, in Postgres. Dollars are computed there, without rounding. */
@Injectable()
export class UsageLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly prices: ModelPrices,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Writes a call down before it is sent, if the budget allows what it may cost at most. Calls of a tenant with a budget
   * are admitted one after another, so that together they do not go beyond it either.
   */
  async open(id: string, call: PlannedCall): Promise<BudgetState & { admitted: boolean }> {
    const opened = await this.insert(this.dataSource, id, call, false);
    if (opened.admitted || opened.monthlyUsd === null) return opened;
    return inTransaction(this.dataSource, async (manager) => {
      await manager.query('SELECT FROM tenant WHERE id = $1 FOR NO KEY UPDATE', [call.tenantId]);
      return this.insert(manager, id, call, true);
    });
  }

  /** @param locked whether the tenant's row is: without it only calls of a tenant without a budget are admitted */
  private async insert(
    database: DataSource | EntityManager,
    id: string,
    call: PlannedCall,
    locked: boolean,
  ): Promise<BudgetState & { admitted: boolean }> {
    const nowMs = this.clock.nowMs();
    const day = utcDay(nowMs);
    const { prompt, completion } = this.prices.of(call.model);
    const rows: { budget: string | null; spent: string; reserved: string; admitted: boolean }[] =
      await database.query(
        `WITH budget AS (${BUDGET}),
         admitted AS (
           INSERT INTO llm_call (id, tenant_id, day, model, purpose, planned_prompt_tokens,
                                 planned_completion_tokens, prompt_usd, completion_usd, resolved_by)
           SELECT $4::uuid, $1, $5::date, $6::text, $7::text, $8::int, $9::int, $10::numeric / 1000000,
                  $11::numeric / 1000000, $12::timestamptz
           FROM budget
           WHERE budget IS NULL
              OR $13::boolean
                 AND spent + reserved + ($8::int * $10::numeric + $9::int * $11::numeric) / 1000000 <= budget
           RETURNING id)
         SELECT budget, spent, reserved, EXISTS (SELECT FROM admitted) AS admitted FROM budget`,
        [
          call.tenantId,
          firstOfMonth(day),
          new Date(nowMs),
          id,
          day,
          call.model,
          call.purpose,
          call.promptTokens,
          call.maxTokens,
          String(prompt),
          String(completion),
          new Date(nowMs + call.timeoutMs + GRACE_MS),
          locked,
        ],
      );
    // A tenant that was removed meanwhile pays for nothing any more.
    const [row] = rows.length > 0 ? rows : [{ budget: '0', spent: '0', reserved: '0', admitted: false }];
    return { ...toBudget(row), admitted: row.admitted };
  }

  /** Notes what is paid for by now without doubt, of many calls at once. */
  async note(calls: readonly (OpenCall & TokenCounts)[]): Promise<void> {
    await this.dataSource.query(
      `UPDATE llm_call AS call
       SET known_prompt_tokens = known.prompt, known_completion_tokens = known.completion
       FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[]) AS known (id, tenant_id, prompt, completion)
       WHERE call.id = known.id AND call.tenant_id = known.tenant_id`,
      [
        calls.map(({ id }) => id),
        calls.map(({ tenantId }) => tenantId),
        calls.map(({ promptTokens }) => promptTokens),
        calls.map(({ completionTokens }) => completionTokens),
      ],
    );
  }

  /** Moves a call into the ledger. Idempotent. */
  async close({ id, tenantId, used, certain }: CallOutcome): Promise<void> {
    await this.dataSource.query(
      `WITH ended AS (
         DELETE FROM llm_call WHERE id = $1 AND tenant_id = $2
         RETURNING *, CASE WHEN $5::boolean THEN 0 ELSE greatest(planned_prompt_tokens - $3::int, 0) END AS more_prompt,
                      CASE WHEN $5::boolean THEN 0 ELSE greatest(planned_completion_tokens - $4::int, 0) END AS more_completion)
       INSERT INTO llm_usage AS ledger (tenant_id, day, model, purpose, calls, prompt_tokens, completion_tokens,
                                        cost_usd, uncertain_tokens, uncertain_usd)
       SELECT tenant_id, day, model, purpose, 1, $3::int, $4::int, $3::int * prompt_usd + $4::int * completion_usd,
              more_prompt + more_completion, more_prompt * prompt_usd + more_completion * completion_usd
       FROM ended
       ON CONFLICT (tenant_id, day, model, purpose) DO UPDATE SET
         calls = ledger.calls + excluded.calls,
         prompt_tokens = ledger.prompt_tokens + excluded.prompt_tokens,
         completion_tokens = ledger.completion_tokens + excluded.completion_tokens,
         cost_usd = ledger.cost_usd + excluded.cost_usd,
         uncertain_tokens = ledger.uncertain_tokens + excluded.uncertain_tokens,
         uncertain_usd = ledger.uncertain_usd + excluded.uncertain_usd`,
      [id, tenantId, used.promptTokens, used.completionTokens, certain],
    );
  }

  /** Adds what the cache saved. @param savings each tenant, day and model once */
  async addSavings(savings: readonly Saving[]): Promise<void> {
    // In one order, so that two processes never wait for each other.
    const keyOf = ({ tenantId, day, model }: Saving) => `${tenantId} ${day} ${model}`;
    const rows = [...savings].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    await this.dataSource.query(
      `INSERT INTO llm_usage AS ledger (tenant_id, day, model, purpose, saved_answers, saved_tokens, saved_usd)
       SELECT tenant_id, day, model, 'answer', answers, tokens, usd
       FROM unnest($1::uuid[], $2::date[], $3::text[], $4::bigint[], $5::bigint[], $6::numeric[])
            WITH ORDINALITY AS saved (tenant_id, day, model, answers, tokens, usd, i)
       JOIN tenant ON tenant.id = saved.tenant_id
       ORDER BY i
       ON CONFLICT (tenant_id, day, model, purpose) DO UPDATE SET
         saved_answers = ledger.saved_answers + excluded.saved_answers,
         saved_tokens = ledger.saved_tokens + excluded.saved_tokens,
         saved_usd = ledger.saved_usd + excluded.saved_usd`,
      [
        rows.map(({ tenantId }) => tenantId),
        rows.map(({ day }) => day),
        rows.map(({ model }) => model),
        rows.map(({ answers }) => answers),
        rows.map(({ tokens }) => tokens),
        rows.map(({ usd }) => String(usd)),
      ],
    );
  }

  /**
   * The usage of a tenant from one day to another, both included. Calls under way are not included; those of a process
   * that died are, with what was known of them.
   */
  async read(tenantId: string, from: string, to: string): Promise<UsageLine[]> {
    const rows: Record<string, string>[] = await this.dataSource.query(
      `SELECT day::text, model, purpose, sum(calls) AS calls, sum(prompt_tokens) AS prompt_tokens,
              sum(completion_tokens) AS completion_tokens, sum(cost_usd) AS cost_usd,
              sum(uncertain_tokens) AS uncertain_tokens, sum(uncertain_usd) AS uncertain_usd,
              sum(saved_answers) AS saved_answers, sum(saved_tokens) AS saved_tokens, sum(saved_usd) AS saved_usd
       FROM (
         SELECT day, model, purpose, calls, prompt_tokens, completion_tokens, cost_usd, uncertain_tokens,
                uncertain_usd, saved_answers, saved_tokens, saved_usd
         FROM llm_usage WHERE tenant_id = $1 AND day BETWEEN $2 AND $3
         UNION ALL
         SELECT day, model, purpose, 1, known_prompt_tokens, known_completion_tokens,
                known_prompt_tokens * prompt_usd + known_completion_tokens * completion_usd,
                planned_prompt_tokens - known_prompt_tokens + planned_completion_tokens - known_completion_tokens,
                (planned_prompt_tokens - known_prompt_tokens) * prompt_usd
                  + (planned_completion_tokens - known_completion_tokens) * completion_usd,
                0, 0, 0
         FROM llm_call WHERE tenant_id = $1 AND day BETWEEN $2 AND $3 AND resolved_by <= $4) AS lines
       GROUP BY day, model, purpose ORDER BY day, model, purpose`,
      [tenantId, from, to, new Date(this.clock.nowMs())],
    );
    return rows.map((row) => ({
      day: row.day,
      model: row.model,
      purpose: row.purpose,
      calls: Number(row.calls),
      promptTokens: Number(row.prompt_tokens),
      completionTokens: Number(row.completion_tokens),
      costUsd: Number(row.cost_usd),
      uncertainTokens: Number(row.uncertain_tokens),
      uncertainUsd: Number(row.uncertain_usd),
      savedAnswers: Number(row.saved_answers),
      savedTokens: Number(row.saved_tokens),
      savedUsd: Number(row.saved_usd),
    }));
  }

  /** @returns null where there is no such tenant */
  async budget(tenantId: string): Promise<BudgetState | null> {
    const nowMs = this.clock.nowMs();
    const rows: { budget: string | null; spent: string; reserved: string }[] = await this.dataSource.query(
      BUDGET,
      [tenantId, firstOfMonth(utcDay(nowMs)), new Date(nowMs)],
    );
    return rows.length === 0 ? null : toBudget(rows[0]);
  }
}

function toBudget(row: { budget: string | null; spent: string; reserved: string }): BudgetState {
  return {
    monthlyUsd: row.budget === null ? null : Number(row.budget),
    spentUsd: Number(row.spent),
    reservedUsd: Number(row.reserved),
  };
}
