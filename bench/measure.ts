/** Milliseconds that a piece of work takes, with what it returns. */
export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const startedMs = performance.now();
  const result = await work();
  return { ms: performance.now() - startedMs, result };
}

/** The value below which a share (0 to 1) of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Rounds for people: as many decimals as asked. */
export function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

/**
 * Runs work from several clients, each beginning its next piece when its last has ended.
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
