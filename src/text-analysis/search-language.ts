import frequentWords from './data/frequent-words.json';

/** Languages that text search can stem, by the names of their Snowball stemmers and Postgres' text search configurations. */
export type SearchLanguage =
  | 'arabic'
  | 'armenian'
  | 'danish'
  | 'dutch'
  | 'english'
  | 'finnish'
  | 'french'
  | 'german'
  | 'greek'
  | 'hindi'
  | 'hungarian'
  | 'indonesian'
  | 'italian'
  | 'norwegian'
  | 'portuguese'
  | 'romanian'
  | 'russian'
  | 'serbian'
  | 'simple'
  | 'spanish'
  | 'swedish'
  | 'tamil'
  | 'turkish';

/** Alphabets that tell the language, or that it is none we can stem; with letters that tell it is another one. */
const LANGUAGE_OF_SCRIPT: readonly [letter: RegExp, language: SearchLanguage, unless?: RegExp][] = [
  [/\p{Script=Cyrillic}/u, 'russian', /[іїєґўјљњћђџ]/iu],
  [/\p{Script=Greek}/u, 'greek'],
  [/\p{Script=Arabic}/u, 'arabic', /[پچژگٹڈ]/u],
  [/\p{Script=Devanagari}/u, 'hindi'],
  [/\p{Script=Armenian}/u, 'armenian'],
  [/\p{Script=Tamil}/u, 'tamil'],
];

const LANGUAGES_OF_WORD = languagesOfWord();
/** Enough to tell a language; the rest of a long text is not looked at. UTF-16 code units. */
const LOOKED_AT_LENGTH = 4000;
/** Fewer words that tell the language are chance, as is a smaller share, or one not above the next language's. */
const MIN_FUNCTION_WORDS = 3;
const MIN_SHARE = 0.12;
const MIN_LEAD = 1.3;

/**
 * Detects the language of a text from its script and its most frequent words. For documents, whose words are stored as
 * stems: what a text was detected as once must be detected again. `languageOf` decides for short questions.
 * @returns `simple`, which does not stem, for a language that Postgres cannot stem; null where the text does not say
 *   clearly, as most short ones
 */
export function detectLanguage(text: string): SearchLanguage | null {
  const words =
    text
      .slice(0, LOOKED_AT_LENGTH)
      .toLowerCase()
      .match(/[\p{L}\p{M}]+/gu) ?? [];
  const letters = words.join('');
  for (const [letter, language, unless] of LANGUAGE_OF_SCRIPT) {
    const count = words.reduce((sum, word) => sum + (letter.test(word) ? 1 : 0), 0);
    if (count > words.length / 2) return unless?.test(letters) ? 'simple' : language;
  }

  const counts = new Map<SearchLanguage, number>();
  for (const word of words) {
    for (const language of LANGUAGES_OF_WORD.get(word) ?? [])
      counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  const [best, next] = [...counts].sort((a, b) => b[1] - a[1]);
  const clear =
    best !== undefined &&
    best[1] >= MIN_FUNCTION_WORDS &&
    best[1] >= MIN_SHARE * words.length &&
    best[1] >= MIN_LEAD * (next?.[1] ?? 0);
  return clear ? best[0] : null;
}

function languagesOfWord(): ReadonlyMap<string, SearchLanguage[]> {
  const languages = new Map<string, SearchLanguage[]>();
  for (const [language, words] of Object.entries(frequentWords) as [SearchLanguage, string][]) {
    for (const word of words.split(' ')) languages.set(word, [...(languages.get(word) ?? []), language]);
  }
  return languages;
}
