import { seededRandom } from '../../test/support/seeded-random';

/** The next operation of a client. */
export interface Operation {
  /**
   * `restrict`: replace the ACL of a document, by one that names a single reader or by none; `disclose`: write a document
   * that a single reader may read.
   */
  kind: 'ask' | 'write' | 'remove' | 'restrict' | 'disclose';
  topic: number;
  /** Which of the topic's documents is changed. */
  slot: number;
  /** Wording of the question. */
  wording: number;
  /** Index of the API process. */
  api: number;
}

export const TOPICS = 30;
/** Documents that a topic may have; slot 0 is its first document, the others outrank it. */
export const SLOTS = 3;
/** The slot of the document with an ACL. */
export const SECRET_SLOT = SLOTS;
export const WORDINGS = 4;
export const APIS = 2;

const WRITE_SHARE = 0.08;
const REMOVE_SHARE = 0.02;
const RESTRICT_SHARE = 0.04;
/** Number of topics; each has many questions. */
const DISCLOSE_SHARE = 0.005;

/**
 * All operations of a run, the same for the same seed. Some topics are asked and changed far more often than others.
 * @param discloseShare of them that write a document for a single reader, 0 to 0.85
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
  const shares: [Operation['kind'], number][] = [
    ['remove', REMOVE_SHARE],
    ['write', WRITE_SHARE],
    ['restrict', RESTRICT_SHARE],
    ['disclose', discloseShare],
  ];
  let end = 0;
  return shares.find(([, part]) => share < (end += part))?.[0] ?? 'ask';
}
