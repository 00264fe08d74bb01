/** `[1]`, `[1, 3]`; not the `[1](url)` of a Markdown link. */
const CITATION = /\[(\d+(?:\s*,\s*\d+)*)\](?!\()/g;

/**
 * Reads the citations of an answer and drops those of evidence that does not exist.
 * @param count how many passages the context held; valid numbers are 1 to `count`
 * @returns the text with its valid citations as `[n]`, and their numbers in the order of first mention
 */
export function checkCitations(text: string, count: number): { text: string; cited: number[] } {
  const cited = new Set<number>();
  const checked = text.replace(CITATION, (_, list: string) => {
    const valid = list
      .split(',')
      .map(Number)
      .filter((n) => n >= 1 && n <= count);
    valid.forEach((n) => cited.add(n));
    return valid.map((n) => `[${n}]`).join('');
  });
  // A dropped citation leaves the space before it.
  return { text: checked.replace(/ +([.,;:!?])/g, '$1').replace(/[ \t]+$/gm, ''), cited: [...cited] };
}
