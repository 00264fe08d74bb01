import { LRUCache } from 'lru-cache';
import { AppError } from '../common/app-error';
import type { Clock } from '../common/clock';
import type { Metrics } from '../observability/metrics';
import { inflowPerMs, type TokenBuckets } from '../redis/token-buckets';

/** One draw of a hundredth of the capacity serves the next requests, too, without asking Redis. */
const SHARE_DRAWN_AHEAD = 0.01;
const MAX_SUBJECTS = 10_000;
const MINUTE_MS = 60_000;

/** How much of a limit is left. */
export interface RateLimitState {
  /** As `rag_rate_limited_total{limit}` counts it. */
  limit: string;
  perMinute: number;
  remaining: number;
  /** Milliseconds until all of it is there again. */
  resetMs: number;
  /** Milliseconds until what was asked for is there; 0: it was, and has been taken. */
  waitMs: number;
}

export interface RateLimitPorts {
  buckets: TokenBuckets;
  metrics: Metrics;
  clock: Clock;
}

/** What this process has drawn and not used yet, or until when there is nothing to be drawn. */
interface Stock {
  amount: number;
  /** In the shared bucket, when it was last asked. */
  level: number;
  emptyUntilMs: number;
}

/**
 * So much per minute of each subject (a key, a tenant, an address), to all processes together; a minute's worth may come at
 * once. Where Redis does not serve, each process goes by its own count.
 */
export class RateLimit {
  private readonly stocks = new LRUCache<string, Stock>({ max: MAX_SUBJECTS });

  /** @param name as metrics and headers call it */
  constructor(
    readonly name: string,
    readonly perMinute: number,
    private readonly ports: RateLimitPorts,
  ) {}

  /** Takes from a bucket if it holds so much. @param key in Redis */
  async take(key: string, amount = 1): Promise<RateLimitState> {
    const stock = this.stocks.get(key) ?? { amount: 0, level: this.perMinute, emptyUntilMs: 0 };
    this.stocks.set(key, stock);
    if (stock.amount < amount) await this.draw(key, stock, amount);
    const waitMs = stock.amount < amount ? stock.emptyUntilMs - this.ports.clock.nowMs() : 0;
    if (waitMs > 0) this.ports.metrics.rateLimited.inc({ limit: this.name });
    else stock.amount = Math.max(0, stock.amount - amount);
    const remaining = Math.max(0, Math.floor(stock.level + stock.amount));
    const resetMs = (this.perMinute - remaining) / inflowPerMs({ capacity: this.perMinute });
    return { limit: this.name, perMinute: this.perMinute, remaining, resetMs, waitMs: Math.max(0, waitMs) };
  }

  private async draw(key: string, stock: Stock, wanted: number): Promise<void> {
    const { buckets, clock } = this.ports;
    const emptyForMs = stock.emptyUntilMs - clock.nowMs();
    // Never for longer than a bucket takes to fill, should the clock have been set back.
    if (wanted === 1 && emptyForMs > 0 && emptyForMs <= MINUTE_MS) return;
    const ahead = Math.floor(this.perMinute * SHARE_DRAWN_AHEAD);
    const amounts = ahead > wanted ? [ahead, wanted] : [wanted];
    for (const amount of amounts) {
      const reply = await buckets.draw([{ key, capacity: this.perMinute, amount }], 0);
      stock.level = reply.levels[0];
      stock.emptyUntilMs = reply.drawn ? 0 : clock.nowMs() + reply.waitMs;
      if (!reply.drawn) continue;
      stock.amount += amount;
      return;
    }
  }
}

/** The error for a limit that is used up. @param whose e.g. `The tenant makes`, `requests` */
export function rateLimited(
  { limit, perMinute, waitMs }: RateLimitState,
  whose: string,
  what: string,
): AppError {
  return new AppError('RATE_LIMITED', `${whose} more than ${perMinute} ${what} a minute; try later.`, {
    details: { limit, perMinute },
    retryAfterSeconds: waitMs / 1000,
  });
}
