import { seededRandom } from '../../test/support/seeded-random';

/** What one client does next. */
export interface Operation {
  /** `disclose`: write a document that a single reader may read. */
  kind: 'ask' | 'write' | 'remove' | 'disclose';
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
/** The slot of the document that not everyone may read. */
export const SECRET_SLOT = SLOTS;
export const WORDINGS = 4;
export const APIS = 2;

const WRITE_SHARE = 0.08;
const REMOVE_SHARE = 0.02;
/** Each of them is many questions. */
const DISCLOSE_SHARE = 0.005;

/**
 * All operations of a run, the same for the same seed. Some topics are asked and changed far more often than others.
 * @param discloseShare of them that write a document for a single reader, 0 to 0.9
 */
export function planOperations(seed: number, count: number, discloseShare = DISCLOSE_SHARE): Operation[] {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  return Array.from({ length: count }, () => {
    const kind = kindOf(random(), discloseShare);
    return {
      kind,
      topic: Math.floor(random() ** 2 * TOPICS),
      slot: below(SLOTS),
      wording: below(WORDINGS),
      api: below(APIS),
    };
  });
}

/** @param share in [0, 1) */
function kindOf(share: number, discloseShare: number): Operation['kind'] {
  if (share < REMOVE_SHARE) return 'remove';
  if (share < REMOVE_SHARE + WRITE_SHARE) return 'write';
  return share < REMOVE_SHARE + WRITE_SHARE + discloseShare ? 'disclose' : 'ask';
}
