/**
 * How much a word says about what is asked: grammar; general words that come and go; words of the lexicon; words
 * outside it, which are the specific ones; names, numbers and identifiers.
 */
export type WordWeight = 'function' | 'light' | 'known' | 'specific' | 'name';

/** A word or phrase of a question, with what the lexicon knows of it. */
export interface ProfileWord {
  /** Lower case; the words of a phrase joined by `_`; of a number its canonical digits. */
  readonly form: string;
  /** The base forms it may come from, itself first. */
  readonly lemmas: readonly string[];
  /** A key that British and American spellings share. */
  readonly spelling: string;
  readonly weight: WordWeight;
  readonly isNumber: boolean;
  /** Groups of the lexicon: same meaning, sides of opposites, things of which only one can be meant. */
  readonly synonyms: readonly number[];
  readonly opposites: readonly number[];
  readonly exclusives: readonly number[];
}
