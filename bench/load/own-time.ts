import type { LoadResult } from '../cache/load-generator';
import { percentile, rounded } from '../measure';

/** Times in ms, of everything but the language model's: what the service itself needs. */
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
 * What each answer took without the language model, which takes `modelMs` for every answer that it writes. Answers that
 * a request waited for because they were being written for another are left out: how much of the wait was the model's is
 * not known.
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

/** How many answers each layer gave. */
export function countsOf({ latenciesMs }: LoadResult): Record<string, number> {
  return Object.fromEntries(Object.entries(latenciesMs).map(([layer, ms]) => [layer, ms.length]));
}
