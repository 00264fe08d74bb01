import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../common/app-error';
import type { Clock } from '../common/clock';
import { type BreakerSettings, ModelBreaker, ModelLeftAlone } from './model-breaker';
import type { ModelRateLimits } from './model-rate-limits';
import { ProviderError } from './provider-error';
import { isFaultOfTheModel, MAX_RETRY_DELAY_MS, type RetryOptions, withRetries } from './retry-policy';

/** Who would have less than this left to be answered in after waiting for the turn is refused at once. */
const LEAST_ANSWER_MS = 500;

export interface GuardSettings extends Pick<RetryOptions, 'maxTries' | 'initialBackoffMs'> {
  breaker: BreakerSettings;
}

/** How long a model may be asked, and for how much. */
export interface GuardedCall {
  /** Of prompt and longest completion. */
  tokens: number;
  signal: AbortSignal;
  /** Milliseconds since the Unix epoch after which nothing more is begun. */
  endsAtMs: number;
  /** Asked after a failed try. */
  mayRetry: () => boolean;
}

/** One language model with what keeps it from being asked too often, too long, or in vain. */
export class GuardedModel {
  private readonly breaker: ModelBreaker;
  /** Until then the provider asked to be left alone; whoever asks meanwhile need not be told so, too. */
  private leftAloneUntilMs = 0;

  constructor(
    private readonly name: string,
    private readonly settings: GuardSettings,
    private readonly limits: ModelRateLimits,
    private readonly clock: Clock,
    private readonly random: () => number = Math.random,
  ) {
    this.breaker = new ModelBreaker(settings.breaker, isFaultOfTheModel);
  }

  /**
   * Tries until there is an answer.
   * @throws the last try's error; AppError `LLM_UNAVAILABLE` (`breaker_open`), `RATE_LIMITED`; the signal's reason
   */
  ask<T>(attempt: () => Promise<T>, call: GuardedCall): Promise<T> {
    const { signal, endsAtMs } = call;
    const { maxTries, initialBackoffMs } = this.settings;
    const mayRetry = (waitMs: number) => call.mayRetry() && this.clock.nowMs() + waitMs < endsAtMs;
    const options = { maxTries, initialBackoffMs, signal, mayRetry, random: this.random };
    return withRetries(() => this.askOnce(attempt, call), options);
  }

  private async askOnce<T>(attempt: () => Promise<T>, { tokens, signal, endsAtMs }: GuardedCall): Promise<T> {
    if (this.breaker.isProbing) throw this.broken();
    await this.untilWelcome(signal, endsAtMs);
    if (this.breaker.isClosed)
      await this.limits.await(
        this.name,
        tokens,
        Math.max(0, endsAtMs - this.clock.nowMs() - LEAST_ANSWER_MS),
        signal,
      );
    try {
      return await this.breaker.execute(attempt);
    } catch (error) {
      if (error instanceof ModelLeftAlone) throw this.broken();
      this.recordRetryAfter(error);
      throw error;
    }
  }

  private recordRetryAfter(error: unknown): void {
    if (!(error instanceof ProviderError) || error.kind !== 'rate_limit') return;
    const askedMs = Math.min(error.facts.retryAfterMs ?? 0, MAX_RETRY_DELAY_MS);
    this.leftAloneUntilMs = Math.max(this.leftAloneUntilMs, this.clock.nowMs() + askedMs);
  }

  /** @throws AppError `LLM_UNAVAILABLE` if the model is to be left alone for longer than the question can wait */
  private async untilWelcome(signal: AbortSignal, endsAtMs: number): Promise<void> {
    const waitMs = this.leftAloneUntilMs - this.clock.nowMs();
    if (waitMs <= 0) return;
    if (this.leftAloneUntilMs >= endsAtMs)
      throw new AppError(
        'LLM_UNAVAILABLE',
        'The language model is asked too often and wants to be left alone.',
        {
          details: { kind: 'rate_limit' },
          retryAfterSeconds: Math.ceil(waitMs / 1000),
        },
      );
    // Not all at once.
    const ms = Math.min(waitMs * (1 + this.random() / 4), endsAtMs - this.clock.nowMs());
    await pause(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  private broken(): AppError {
    return new AppError(
      'LLM_UNAVAILABLE',
      'The language model gave no answer lately and is left alone for a while.',
      {
        details: { kind: 'breaker_open' },
        retryAfterSeconds: Math.ceil(this.settings.breaker.openMs / 1000),
      },
    );
  }
}
