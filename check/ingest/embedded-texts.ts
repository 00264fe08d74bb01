import type { ReceivedRequest } from '../../test/support/fake-openai-server';

/** Time in which a process or server was killed and restarted, in ms of `performance.now()`. */
export interface Disturbance {
  fromMs: number;
  toMs: number;
}

/** Time within which an embedding is stored, without faults. */
const IN_FLIGHT_MS = 3000;

/**
 * Counts texts that were embedded more than once. A repetition is excused if a fault overlapped the time until the earlier
 * embedding was stored: the embedding was lost with the process that waited for it, or could not be stored.
 */
export function countRepeatedTexts(
  requests: readonly Pick<ReceivedRequest, 'atMs' | 'body'>[],
  disturbances: readonly Disturbance[],
): { excused: number; unexcused: number } {
  const lastAtMs = new Map<string, number>();
  const counts = { excused: 0, unexcused: 0 };
  for (const { atMs, body } of requests)
    for (const text of [body.input ?? []].flat()) {
      const before = lastAtMs.get(text);
      lastAtMs.set(text, atMs);
      if (before === undefined) continue;
      const excuse = disturbances.some(
        ({ fromMs, toMs }) => fromMs <= before + IN_FLIGHT_MS && before <= toMs + IN_FLIGHT_MS,
      );
      counts[excuse ? 'excused' : 'unexcused']++;
    }
  return counts;
}
