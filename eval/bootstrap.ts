import { mean } from './ranking-metrics';

const RESAMPLES = 1000;
const SEED = 20_240_703;

/**
 * 95 % percentile interval of a mean. Pass differences of two measurements of the same questions for a paired
 * comparison. Deterministic.
 * @see Efron and Tibshirani, An Introduction to the Bootstrap, 1993
 */
export function bootstrapInterval(values: readonly number[]): [low: number, high: number] {
  return bootstrapIntervalOf(values, mean);
}

/** The same of any statistic, e.g. a share of sums, over items that are drawn with replacement. */
export function bootstrapIntervalOf<T>(
  items: readonly T[],
  statistic: (sample: readonly T[]) => number,
): [low: number, high: number] {
  const random = lehmer(SEED);
  const draws = Array.from({ length: RESAMPLES }, () =>
    statistic(items.map(() => items[Math.floor(random() * items.length)])),
  ).sort((a, b) => a - b);
  return [draws[Math.floor(RESAMPLES * 0.025)], draws[Math.ceil(RESAMPLES * 0.975) - 1]];
}

/** Park and Miller's generator: uniform in (0, 1), the same sequence for the same seed. */
function lehmer(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
