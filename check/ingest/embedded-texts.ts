import type { ReceivedRequest } from '../../test/support/fake-openai-server';

/** Something was being killed or started again, in ms of `performance.now()`. */
export interface Disturbance {
  fromMs: number;
  toMs: number;
}

/** What a model answered is stored within this time, unless something keeps it from being. */
const IN_FLIGHT_MS = 3000;

/**
 * Counts texts that came more than once. A repetition is excused if a fault began while what came of the text before was
 * still in flight, or was going on then: its vector was lost with who waited for it, or could not be stored.
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
