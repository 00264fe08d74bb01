import type { LoadResult } from '../cache/load-generator';
import { percentile, rounded } from '../measure';

/** Milliseconds of each answer without the language model: the time of the service itself. */
export interface OwnTimes {
  p50: number;
  p99: number;
}

/** One answered request. */
export interface Sample {
  dueMs: number;
  ownMs: number;
}

/**
 * Computes the time of each answer without the language model, which takes `modelMs` per generated answer. Requests that waited for
 * an answer generated for another request are excluded, because the model's share of their wait is unknown.
 */
export function ownTimes({ latenciesMs, dueMs }: LoadResult, modelMs: number): Sample[] {
  return Object.entries(latenciesMs).flatMap(([layer, latencies]) =>
    layer === 'joined'
      ? []
      : latencies.map((ms, i) => ({
          dueMs: dueMs[layer][i],
          ownMs: layer === 'none' ? Math.max(0, ms - modelMs) : ms,
        })),
  );
}

export function timesOf(samples: readonly Sample[]): OwnTimes {
  const ms = samples.map(({ ownMs }) => ownMs);
  return { p50: rounded(percentile(ms, 0.5), 1), p99: rounded(percentile(ms, 0.99), 1) };
}

/** Answers by cache layer. */
export function countsOf({ latenciesMs }: LoadResult): Record<string, number> {
  return Object.fromEntries(Object.entries(latenciesMs).map(([layer, ms]) => [layer, ms.length]));
}
