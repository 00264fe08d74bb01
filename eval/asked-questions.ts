import { share } from './hit-metrics';
import { rounded } from './table';

/** A question whose answer is known: where it stands, and which questions have the same. */
export interface KnownQuestion {
  /** Place in the order of asking. */
  i: number;
  q: string;
  /** Id of the passage or document that answers it. */
  passage: string;
  /** Where the answer stands in it, in UTF-16 units. */
  start: number;
  end: number;
  /** Questions of one cluster have the same answer. */
  cluster: string;
  /** `paraphrase`: another wording of an earlier one. Where no question has a kind, all that come later in a cluster are. */
  kind?: string;
}

/** A question as many people type it: without capitals, by which names are known. */
export function inLowerCase<T extends KnownQuestion>(question: T): T {
  return { ...question, q: question.q.toLowerCase() };
}

/** What became of a question. */
export interface AskedQuestion<T extends KnownQuestion = KnownQuestion> {
  question: T;
  layer: 'exact' | 'semantic' | 'none';
  /** The stored question whose answer was served; null if none was, or an unknown one. */
  matched: T | null;
  /** Cosine similarity of the two; null where nobody said. */
  similarity: number | null;
}

/** Shares are null where there is nothing to divide by. */
export interface HitSummary {
  asked: number;
  exact: number;
  semantic: number;
  /** Hits on the answer to another question, in either layer. */
  wrong: number;
  wrongShareOfAsked: number | null;
  /** Of the semantic hits alone, those that were wrong. */
  wrongShareOfSemantic: number | null;
  /** Of the paraphrases whose cluster had been asked before, those that got its answer from the cache. */
  paraphraseHitRate: number | null;
}

/** Whether an answer to one question answers the other: the same cluster, or overlapping answers in one passage. */
export function haveSameAnswer(a: KnownQuestion, b: KnownQuestion): boolean {
  if (a.cluster === b.cluster) return true;
  return a.passage === b.passage && a.start < b.end && b.start < a.end;
}

export function isRight({ question, matched }: AskedQuestion): boolean {
  return matched !== null && haveSameAnswer(question, matched);
}

/** Counts hits by what is true. @param asked in the order of asking */
export function summarise(asked: readonly AskedQuestion[]): HitSummary {
  const hits = asked.filter(({ layer }) => layer !== 'none');
  const semantic = hits.filter(({ layer }) => layer === 'semantic');
  const wrong = hits.filter((hit) => !isRight(hit)).length;
  const paraphrases = paraphrasesOf(asked);
  return {
    asked: asked.length,
    exact: hits.length - semantic.length,
    semantic: semantic.length,
    wrong,
    wrongShareOfAsked: rounded(share(wrong, asked.length), 5),
    wrongShareOfSemantic: rounded(share(semantic.filter((hit) => !isRight(hit)).length, semantic.length), 5),
    paraphraseHitRate: rounded(rightShare(paraphrases)),
  };
}

/** Of all these, the share that was served the right answer from the cache. */
export function rightShare(asked: readonly AskedQuestion[]): number | null {
  return share(asked.filter((one) => one.layer !== 'none' && isRight(one)).length, asked.length);
}

/**
 * The questions whose like had been asked before.
 * @param groupOf which questions are alike; default: those of one cluster
 */
export function askedAgain<T extends KnownQuestion>(
  asked: readonly AskedQuestion<T>[],
  groupOf: (question: T) => string = ({ cluster }) => cluster,
): AskedQuestion<T>[] {
  const seen = new Set<string>();
  return asked.filter(({ question }) => {
    const group = groupOf(question);
    const before = seen.has(group);
    seen.add(group);
    return before;
  });
}

function paraphrasesOf(asked: readonly AskedQuestion[]): AskedQuestion[] {
  const haveKinds = asked.some(({ question }) => question.kind !== undefined);
  return askedAgain(asked).filter(({ question: { kind } }) => !haveKinds || kind === 'paraphrase');
}
