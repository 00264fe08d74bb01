/** Letters of scripts that are written without spaces between words. */
const UNSPACED =
  '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\u30fc]';
const LETTER = new RegExp(UNSPACED, 'u');
const LETTERS = new RegExp(UNSPACED, 'gu');
/** Bounded: the time of `Intl.Segmenter` grows with the square of a run; punctuation ends those of real text far earlier. */
const RUN = new RegExp(`${UNSPACED}{1,1000}`, 'gu');
/** How many of these letters make about a word. */
const LETTERS_PER_WORD = 3;
const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

/** Whether a text holds letters of a script without spaces, such as Chinese, Japanese and Thai. */
export function hasUnspacedScript(text: string): boolean {
  return LETTER.test(text);
}

/** The words of a text in a script without spaces, by the dictionary of ICU; punctuation left out. */
export function segmentWords(text: string): string[] {
  return [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);
}

/** About how many words a text has in scripts without spaces; words of other scripts do not count. */
export function estimateUnspacedWords(text: string): number {
  return Math.floor((text.match(LETTERS) ?? []).length / LETTERS_PER_WORD);
}

/**
 * Puts spaces between the words of scripts without spaces: Postgres' text search would take a whole sentence for one
 * word. Questions and documents must both pass through it; other scripts stay as they are.
 */
export function separateWords(text: string): string {
  return text.replace(RUN, (run) => {
    const words = [...segmenter.segment(run)].map(({ segment }) => segment);
    return ` ${words.join(' ')} `;
  });
}
