import { seededRandom } from '../../test/support/seeded-random';

/** What one client does next. */
export interface Operation {
  kind: 'ask' | 'write' | 'remove';
  topic: number;
  /** Which of the topic's documents is written or removed. */
  slot: number;
  /** How the question is worded. */
  wording: number;
  /** Which of the API processes is asked. */
  api: number;
}

export const TOPICS = 30;
/** Documents that a topic may have; slot 0 is its first document, the others outrank it. */
export const SLOTS = 3;
export const WORDINGS = 4;
export const APIS = 2;

const WRITE_SHARE = 0.08;
const REMOVE_SHARE = 0.02;

/** All operations of a run, the same for the same seed. Some topics are asked and changed far more often than others. */
export function planOperations(seed: number, count: number): Operation[] {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  return Array.from({ length: count }, () => {
    const kind = random();
    return {
      kind: kind < REMOVE_SHARE ? 'remove' : kind < REMOVE_SHARE + WRITE_SHARE ? 'write' : 'ask',
      topic: Math.floor(random() ** 2 * TOPICS),
      slot: below(SLOTS),
      wording: below(WORDINGS),
      api: below(APIS),
    };
  });
}
