import { setTimeout as pause } from 'node:timers/promises';
import { type FailureKind, ProviderError } from './provider-error';

/** Longest pause that a provider may ask for and still be tried again; beyond it the caller is told to wait. */
export const MAX_RETRY_DELAY_MS = 8_000;

const WORTH_RETRYING: ReadonlySet<FailureKind> = new Set([
  'timeout',
  'connection',
  'rate_limit',
  'server_error',
]);

export interface RetryOptions {
  /** Tries in total. */
  maxTries: number;
  /** Pause before the second try; it doubles with each further one, up to 8 s. */
  initialBackoffMs: number;
  signal: AbortSignal;
  /** Asked after a failed try; default always. */
  mayRetry?: (waitMs: number) => boolean;
  /** Gives 0 to 1. */
  random?: () => number;
}

/**
 * Tries until there is an answer: the retry policy of all models.
 * @throws what the last try throws; the signal's reason if it is aborted
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { maxTries, initialBackoffMs, signal, mayRetry = () => true, random = Math.random } = options;
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      const waitMs = pauseMs(error, tries, initialBackoffMs, random);
      if (tries >= maxTries || !isWorthRetrying(error) || !mayRetry(waitMs)) throw error;
      await pause(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

/** Whether the same request may succeed within seconds. */
export function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof ProviderError) || !WORTH_RETRYING.has(error.kind)) return false;
  const { isOutOfCredit = false, retryAfterMs = 0 } = error.facts;
  return !isOutOfCredit && retryAfterMs <= MAX_RETRY_DELAY_MS;
}

/** What speaks against the model, and not against the request, the caller or ourselves. */
export function isFaultOfTheModel(error: unknown): boolean {
  if (!(error instanceof ProviderError) || error.kind === 'rejected') return false;
  return error.kind !== 'rate_limit' || error.facts.isOutOfCredit === true;
}

/**
 * The pause before the next try: what the provider asked for, lengthened by up to a quarter by chance, else one that
 * doubles with each try and is shortened by up to half: the clients of a server that comes back do not ask all at once.
 */
function pauseMs(error: unknown, tries: number, initialBackoffMs: number, random: () => number): number {
  const asked = error instanceof ProviderError ? error.facts.retryAfterMs : undefined;
  if (asked !== undefined) return asked * (1 + random() / 4);
  const exponential = Math.min(initialBackoffMs * 2 ** (tries - 1), MAX_RETRY_DELAY_MS);
  return exponential * (0.5 + random() / 2);
}
