/** Scripts that are written without spaces between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30fc]+/gu;
const wordSegmenter = new Intl.Segmenter('und', { granularity: 'word' });

/**
 * A text as text search is to read it: words of scripts without spaces are set apart, since Postgres would take a
 * whole sentence for one word. Questions and documents must both pass through it; other scripts stay as they are.
 */
export function searchableText(text: string): string {
  return text.replace(UNSPACED, (run) => {
    const words = [...wordSegmenter.segment(run)].map(({ segment }) => segment);
    return ` ${words.join(' ')} `;
  });
}
