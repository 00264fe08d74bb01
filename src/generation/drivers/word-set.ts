import type { Language } from '../../text-analysis/languages';
import { readWords } from '../../text-analysis/words';

/** Letters that two forms of one word share at its beginning, at least. */
const SHARED_LETTERS = 5;
/** Letters that an ending may have beyond what both forms share. */
const LONGEST_ENDING = 4;
/** A word in another form is worth a little less than the word itself. */
const OTHER_FORM = 0.8;

/** The stems of a text's content words, asked for one by one: also in other forms ("celebrate", "celebration"). */
export class WordSet {
  /** Their stems in order, with repetitions. */
  readonly words: readonly string[];
  private readonly exact: ReadonlySet<string>;
  private readonly byBeginning = new Map<string, Set<string>>();

  /** @param words stems of content words, in order */
  constructor(words: readonly string[]) {
    this.words = words;
    this.exact = new Set(this.words);
    for (const word of this.exact) {
      if (word.length < SHARED_LETTERS) continue;
      const beginning = word.slice(0, SHARED_LETTERS);
      const group = this.byBeginning.get(beginning);
      if (group) group.add(word);
      else this.byBeginning.set(beginning, new Set([word]));
    }
  }

  /** @param language to read the text as; what its own words tell where it is left out */
  static of(text: string, language?: Language): WordSet {
    const { words } = readWords(text, language);
    return new WordSet(words.filter(({ isStopWord }) => !isStopWord).map(({ stem }) => stem));
  }

  /** How much of a word, given by its stem, is here: 1 the word itself, 0.8 another form of it, 0 neither. */
  presence(word: string): number {
    if (this.exact.has(word)) return 1;
    if (word.length < SHARED_LETTERS || /\d/.test(word)) return 0;
    for (const other of this.byBeginning.get(word.slice(0, SHARED_LETTERS)) ?? [])
      if (areForms(word, other)) return OTHER_FORM;
    return 0;
  }

  /** Share (0 to 1) of the weight whose words are here; 0 for no words. */
  coverage(weights: ReadonlyMap<string, number>): number {
    return coverageOf(weights, [this]);
  }
}

/** Share (0 to 1) of the weight whose words are in one of the sets. */
export function coverageOf(weights: ReadonlyMap<string, number>, sets: readonly WordSet[]): number {
  let [present, total] = [0, 0];
  for (const [word, weight] of weights) {
    total += weight;
    present += weight * Math.max(0, ...sets.map((set) => set.presence(word)));
  }
  return total > 0 ? present / total : 0;
}

function areForms(a: string, b: string): boolean {
  let shared = 0;
  while (shared < a.length && a[shared] === b[shared]) shared++;
  return (
    shared >= Math.min(a.length, b.length) - 2 && Math.max(a.length, b.length) - shared <= LONGEST_ENDING
  );
}
