import { join } from 'node:path';
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { newOrderedId } from '../common/ids';
import { AppConfig } from '../config/app-config';
import type { CallMeter, MeteredCall, PlannedCall, TokenCounts } from '../models/call-meter';
import { OutcomeJournal } from './outcome-journal';
import { type BudgetState, type CallOutcome, type OpenCall, UsageLedger } from './usage-ledger';
import { secondsToNextMonth, utcDay } from './utc-day';

/** How often the tokens of calls under way are noted: a crash leaves at most so much in doubt. */
const NOTE_INTERVAL_MS = 500;

interface OpenCallState extends OpenCall {
  known: () => TokenCounts;
  noted: TokenCounts;
}

/**
 * The {@link CallMeter} that writes the usage ledger in Postgres. A call is written down before it is sent, with what it may
 * cost at most; its tokens are noted while they come; and its outcome, journalled first, replaces it before the answer is
 * given. So the ledger misses nothing, and a process that is killed leaves in doubt only what it had not noted yet of the
 * calls that had not ended.
 */
@Injectable()
export class LedgerCallMeter implements CallMeter, OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(LedgerCallMeter.name);
  private readonly open = new Map<string, OpenCallState>();
  /** Outcomes that could not be written yet. */
  private readonly unwritten = new Map<string, () => Promise<void>>();
  private readonly journal: OutcomeJournal;
  private readonly warned = new Map<string, string>();
  private timer?: NodeJS.Timeout;
  private busy = false;

  constructor(
    private readonly ledger: UsageLedger,
    private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.journal = new OutcomeJournal(join(config.dataDir, 'usage'));
  }

  /** Records what an earlier process knew and was killed before it could write. */
  async onModuleInit(): Promise<void> {
    await this.journal.replay(this.clock.nowMs(), (outcome) => this.ledger.close(outcome));
  }

  /** Writes what could not be written before. */
  async onModuleDestroy(): Promise<void> {
    await this.writeAgain();
  }

  async begin(call: PlannedCall, known: () => TokenCounts): Promise<MeteredCall> {
    const { tenantId } = call;
    const id = newOrderedId(this.clock.nowMs());
    const budget = await this.ledger.open(id, call);
    if (!budget.admitted) throw this.budgetExceeded(budget);
    this.warn(tenantId, budget);
    const state = { id, tenantId, known, noted: { promptTokens: 0, completionTokens: 0 } };
    this.open.set(id, state);
    this.timer ??= setInterval(() => void this.tick(), NOTE_INTERVAL_MS).unref();
    return { end: (used, certain) => this.end(state, used, certain) };
  }

  private async end(call: OpenCallState, used: TokenCounts, certain: boolean): Promise<void> {
    const { id, tenantId } = call;
    const outcome = { id, tenantId, used, certain };
    this.noteOutcome(outcome);
    const write = () => this.ledger.close(outcome);
    try {
      await write();
    } catch (error) {
      this.logger.error(`the cost of a call could not be written yet: ${String(error)}`);
      this.unwritten.set(id, write);
    } finally {
      this.open.delete(id);
    }
    if (this.open.size === 0 && this.unwritten.size === 0) this.journal.settled();
  }

  private noteOutcome(outcome: CallOutcome): void {
    try {
      this.journal.write(outcome);
    } catch (error) {
      // Then a crash before the next line leaves this call in doubt.
      this.logger.warn(`the cost of a call could not be journalled: ${String(error)}`);
    }
  }

  private async tick(): Promise<void> {
    // While Postgres is slow one note is under way, not many.
    if (this.busy) return;
    this.busy = true;
    try {
      await this.note();
      await this.writeAgain();
    } finally {
      this.busy = false;
    }
    if (this.open.size > 0 || this.unwritten.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async note(): Promise<void> {
    const news = [...this.open.values()].flatMap((call) => {
      const counts = call.known();
      const isNew =
        counts.promptTokens !== call.noted.promptTokens ||
        counts.completionTokens !== call.noted.completionTokens;
      return isNew ? [{ call, counts }] : [];
    });
    if (news.length === 0) return;
    try {
      await this.ledger.note(news.map(({ call: { id, tenantId }, counts }) => ({ id, tenantId, ...counts })));
      for (const { call, counts } of news) call.noted = counts;
    } catch {
      // Noted again with the next ones.
    }
  }

  private async writeAgain(): Promise<void> {
    for (const [id, write] of this.unwritten) {
      try {
        await write();
        this.unwritten.delete(id);
      } catch {
        return;
      }
    }
  }

  /** Once a day and tenant. */
  private warn(tenantId: string, { monthlyUsd, spentUsd }: BudgetState): void {
    if (monthlyUsd === null || spentUsd < monthlyUsd * this.config.budgetWarnShare) return;
    const today = utcDay(this.clock.nowMs());
    if (this.warned.get(tenantId) === today) return;
    this.warned.set(tenantId, today);
    this.logger.warn(`tenant ${tenantId} has spent ${spentUsd} of ${monthlyUsd} US dollars of this month`);
  }

  private budgetExceeded({ monthlyUsd, spentUsd }: BudgetState): AppError {
    return new AppError(
      'BUDGET_EXCEEDED',
      'The budget of this month is used up: only cached answers are given until the next one, or until it is raised.',
      {
        details: { monthly_budget_usd: monthlyUsd, spent_usd: spentUsd },
        retryAfterSeconds: secondsToNextMonth(this.clock.nowMs()),
      },
    );
  }
}
