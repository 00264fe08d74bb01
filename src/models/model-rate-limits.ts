import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../common/app-error';
import { sha256OfParts } from '../common/hash';
import type { Metrics } from '../observability/metrics';
import { modelLimitKey } from '../redis/redis-keys';
import type { BucketDraw, TokenBuckets } from '../redis/token-buckets';

/** Limits of each model; null: none. */
export interface PerMinute {
  requests: number | null;
  tokens: number | null;
}

/** Requests and tokens per minute to each language model, of all processes together. */
export class ModelRateLimits {
  /** @param endpoint of the provider: the same model elsewhere has limits of its own */
  constructor(
    private readonly perMinute: PerMinute,
    private readonly endpoint: string,
    private readonly buckets: TokenBuckets,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Waits for its turn.
   * @param tokens of prompt and longest completion
   * @throws AppError `RATE_LIMITED` if that would take longer than `maxWaitMs`; the signal's reason
   */
  async await(model: string, tokens: number, maxWaitMs: number, signal: AbortSignal): Promise<void> {
    const limits: [string, number | null, number][] = [
      ['llm_requests', this.perMinute.requests, 1],
      ['llm_tokens', this.perMinute.tokens, tokens],
    ];
    const draws = limits.flatMap(([limit, capacity, amount]): (BucketDraw & { limit: string })[] =>
      capacity === null ? [] : [{ limit, key: this.keyOf(model, limit), capacity, amount }],
    );
    if (draws.length === 0) return;
    const reply = await this.buckets.draw(draws, maxWaitMs);
    if (!reply.drawn) throw this.refusal(draws[reply.limiting].limit, reply.waitMs);
    if (reply.waitMs > 0)
      await pause(reply.waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  /** Gives back tokens that were reserved and not used. */
  async giveBack(model: string, tokens: number): Promise<void> {
    if (this.perMinute.tokens === null || tokens <= 0) return;
    await this.buckets.giveBack(this.keyOf(model, 'llm_tokens'), tokens);
  }

  private keyOf(model: string, limit: string): string {
    return modelLimitKey(sha256OfParts([this.endpoint, model]).slice(0, 16), limit);
  }

  private refusal(limit: string, waitMs: number): AppError {
    this.metrics.rateLimited.inc({ limit });
    return new AppError(
      'RATE_LIMITED',
      'The language model is asked as often as it may be; try again later.',
      {
        details: { limit },
        retryAfterSeconds: Math.ceil(waitMs / 1000),
      },
    );
  }
}
