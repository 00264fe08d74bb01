import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import { every, type Repetition } from '../common/timers';
import type { Saving } from './saving';
import { UsageLedger } from './usage-ledger';
import { utcDay } from './utc-day';

const WRITE_INTERVAL_MS = 2_000;

/** Adds up what the cache saves and writes it now and then: a hit waits for no statement. A crash loses the latest. */
@Injectable()
export class SavingsTally implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(SavingsTally.name);
  private unwritten = new Map<string, Saving>();
  private writing?: Repetition;

  constructor(
    private readonly ledger: UsageLedger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.writing = every(WRITE_INTERVAL_MS, () => this.write());
  }

  async onModuleDestroy(): Promise<void> {
    await this.writing?.stop();
    await this.write();
  }

  add(tenantId: string, model: string, saved: { tokens: number; usd: number }): void {
    const day = utcDay(this.clock.nowMs());
    this.put({ tenantId, day, model, answers: 1, ...saved });
  }

  /** Never rejects: what cannot be written now is kept for the next time. */
  async write(): Promise<void> {
    if (this.unwritten.size === 0) return;
    const savings = [...this.unwritten.values()];
    this.unwritten = new Map();
    try {
      await this.ledger.addSavings(savings);
    } catch (error) {
      this.logger.warn(`savings could not be written yet: ${String(error)}`);
      savings.forEach((saving) => this.put(saving));
    }
  }

  private put(saving: Saving): void {
    const key = JSON.stringify([saving.tenantId, saving.day, saving.model]);
    const sum = this.unwritten.get(key);
    if (!sum) return void this.unwritten.set(key, { ...saving });
    sum.answers += saving.answers;
    sum.tokens += saving.tokens;
    sum.usd += saving.usd;
  }
}
