/** Measures the milliseconds of a piece of work. */
export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const startedMs = performance.now();
  const result = await work();
  return { ms: performance.now() - startedMs, result };
}

/** Quantile: the value below which a share (0 to 1) of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Rounds to a number of decimals. */
export function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

/**
 * Runs work from several concurrent clients; each starts its next piece when the previous one has ended.
 * @param work receives the running number of the piece
 * @returns pieces per second
 */
export async function throughput(
  clients: number,
  seconds: number,
  work: (n: number) => Promise<unknown>,
): Promise<number> {
  const startedMs = performance.now();
  const untilMs = startedMs + seconds * 1000;
  let begun = 0;
  let done = 0;
  const client = async () => {
    while (performance.now() < untilMs) {
      await work(begun++);
      done++;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return done / ((performance.now() - startedMs) / 1000);
}
