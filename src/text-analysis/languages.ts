import { stemmer as dutchStemmer } from '@orama/stemmers/dutch';
import { stemmer as englishStemmer } from '@orama/stemmers/english';
import { stemmer as frenchStemmer } from '@orama/stemmers/french';
import { stemmer as germanStemmer } from '@orama/stemmers/german';
import { stemmer as italianStemmer } from '@orama/stemmers/italian';
import { stemmer as portugueseStemmer } from '@orama/stemmers/portuguese';
import { stemmer as spanishStemmer } from '@orama/stemmers/spanish';
import { stopwords as dutchWords } from '@orama/stopwords/dutch';
import { stopwords as englishWords } from '@orama/stopwords/english';
import { stopwords as frenchWords } from '@orama/stopwords/french';
import { stopwords as germanWords } from '@orama/stopwords/german';
import { stopwords as italianWords } from '@orama/stopwords/italian';
import { stopwords as portugueseWords } from '@orama/stopwords/portuguese';
import { stopwords as spanishWords } from '@orama/stopwords/spanish';
import english from './data/english.json';
import negationLists from './data/negations.json';
import { wordSet } from './word-lists';

/** What is known of a language's words. */
export interface Language {
  readonly name: string;
  /** Words that carry grammar, not content: they may differ between two wordings of one question. */
  readonly functionWords: ReadonlySet<string>;
  /** Words that turn a statement round; never function words. */
  readonly negations: ReadonlySet<string>;
  /** Words that say nothing of what a text is about: function words, negations, and such as `before`, `more`, `only`. */
  readonly stopWords: ReadonlySet<string>;
  /** Whether every noun begins with a capital, so that capitals do not tell names. */
  readonly capitalisesNouns: boolean;
  /** What a word's inflected forms share. */
  stem(form: string): string;
}

const irregular = new Map<string, string>();
for (const forms of english.irregularForms) {
  const [base, ...others] = forms.split(' ');
  for (const form of others) irregular.set(form, base);
}

const englishFunctionWords = wordSet(english.functionWords);
const englishNegations = wordSet(negationLists.english);

export const ENGLISH: Language = {
  name: 'english',
  functionWords: englishFunctionWords,
  negations: englishNegations,
  stopWords: new Set([...englishFunctionWords, ...englishNegations, ...englishWords]),
  capitalisesNouns: false,
  stem: memoised((form) => englishStemmer(irregular.get(form) ?? form)),
};

// The lists of stop words hold negations as well.
const OTHERS: readonly Language[] = [
  language('dutch', dutchWords, dutchStemmer),
  language('french', frenchWords, frenchStemmer),
  language('german', germanWords, germanStemmer),
  language('italian', italianWords, italianStemmer),
  language('portuguese', portugueseWords, portugueseStemmer),
  language('spanish', spanishWords, spanishStemmer),
];

/**
 * The language that explains most of a text's short, common words; English where none explains more.
 * @param forms the text's words in lower case
 */
export function languageOf(forms: readonly string[]): Language {
  let best = ENGLISH;
  let most = count(ENGLISH, forms);
  for (const other of OTHERS) {
    const known = count(other, forms);
    if (known > most) [best, most] = [other, known];
  }
  return best;
}

function count({ functionWords, negations }: Language, forms: readonly string[]): number {
  let known = 0;
  for (const form of forms) if (functionWords.has(form) || negations.has(form)) known++;
  return known;
}

function language(
  name: keyof typeof negationLists,
  words: readonly string[],
  stemmer: (word: string) => string,
): Language {
  const negations = wordSet(negationLists[name]);
  return {
    name,
    functionWords: new Set(words.filter((word) => !negations.has(word))),
    negations,
    stopWords: new Set([...words, ...negations]),
    capitalisesNouns: name === 'german',
    stem: memoised(stemmer),
  };
}

const MAX_STEMS = 20_000;

/** Remembers results; forgets all of them once there are too many. */
function memoised(stem: (word: string) => string): (word: string) => string {
  const known = new Map<string, string>();
  return (word) => {
    let result = known.get(word);
    if (result !== undefined) return result;
    if (known.size >= MAX_STEMS) known.clear();
    known.set(word, (result = stem(word)));
    return result;
  };
}
