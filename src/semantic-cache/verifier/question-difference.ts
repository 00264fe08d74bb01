import english from '../../text-analysis/data/english.json';
import type { Word } from '../../text-analysis/words';
import type { Question } from './question';

/** How a new question differs from a stored one. Serving is directed: from stored to new. */
export interface QuestionDifference {
  /** Content words, in order, that only the new question has. */
  readonly onlyAsked: readonly Word[];
  /** Content words, in order, that only the stored question has. */
  readonly onlyStored: readonly Word[];
  /** Words that restrict (former, only, maximum, before …) that only one question has: in the new one and in the stored one. */
  readonly restrictors: { readonly asked: number; readonly stored: number };
  /** Share of the pairs of common content words that stand in the other order, 0 to 1. */
  readonly inversions: number;
}

const RESTRICTORS = new Set(english.restrictors.split(' '));
/** Letters that two forms of one word share at its beginning, at least, and as a share of the longer. */
const SHARED_LETTERS = { least: 5, share: 0.6 };

/** Aligns the words of two questions; each word meets at most one of the other question. */
export function differenceOf(asked: Question, stored: Question): QuestionDifference {
  const onlyAsked = unmatched(asked.words, stored.words);
  const onlyStored = unmatched(stored.words, asked.words);
  return {
    onlyAsked: onlyAsked.filter(isContent),
    onlyStored: onlyStored.filter(isContent),
    restrictors: { asked: restrictorsAmong(onlyAsked), stored: restrictorsAmong(onlyStored) },
    inversions: inversionsOf(asked.words, stored.words),
  };
}

/** Whether neither question has a content word that the other lacks; their order may differ. */
export function haveSameContent({ onlyAsked, onlyStored }: QuestionDifference): boolean {
  return onlyAsked.length + onlyStored.length === 0;
}

function restrictorsAmong(words: readonly Word[]): number {
  return words.filter(({ form }) => RESTRICTORS.has(form)).length;
}

export function isContent({ isFunction }: Word): boolean {
  return !isFunction;
}

function unmatched(words: readonly Word[], others: readonly Word[]): Word[] {
  const free = new Map<string, number>();
  for (const { stem } of others) free.set(stem, (free.get(stem) ?? 0) + 1);
  const left: Word[] = [];
  for (const word of words) {
    const count = free.get(word.stem) ?? 0;
    if (count > 0) free.set(word.stem, count - 1);
    else left.push(word);
  }
  return left.filter((word) => {
    if (!isPlain(word)) return true;
    for (const [stem, count] of free) {
      if (
        count === 0 ||
        !others.some((other) => other.stem === stem && isPlain(other) && isSameWord(word.form, other.form))
      )
        continue;
      free.set(stem, count - 1);
      return false;
    }
    return true;
  });
}

function isPlain({ kind, isFunction }: Word): boolean {
  return kind === 'word' && !isFunction;
}

/** Forms of one word that no stemmer joins: `calculate` and `calculation`, `climatic` and `climactic`. */
function isSameWord(a: string, b: string): boolean {
  let shared = 0;
  while (shared < a.length && a[shared] === b[shared]) shared++;
  return shared >= SHARED_LETTERS.least && shared >= SHARED_LETTERS.share * Math.max(a.length, b.length);
}

function inversionsOf(asked: readonly Word[], stored: readonly Word[]): number {
  const place = new Map(stored.map(({ stem }, i) => [stem, i]));
  const places = asked.filter(isContent).flatMap(({ stem }) => place.get(stem) ?? []);
  let [inverted, pairs] = [0, 0];
  for (let i = 0; i < places.length; i++) {
    for (let j = i + 1; j < places.length; j++) {
      pairs++;
      if (places[i] > places[j]) inverted++;
    }
  }
  return pairs === 0 ? 0 : inverted / pairs;
}
