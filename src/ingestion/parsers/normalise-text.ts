/** Control characters other than tab and line feed carry no meaning. */
const CONTROL = /(?![\t\n])\p{Cc}/gu;

/**
 * The form in which a text is kept and cut, so that equal texts from different systems are equal: Unicode NFC, `\n` for
 * every line end, no byte order mark, no control characters, no white space at the ends of lines, no blank
 * lines at either end. Takes time proportional to the text's length, whatever it holds.
 */
export function normaliseText(text: string): string {
  const lines = text
    .normalize('NFC')
    .replace(/\r\n?|\u0085|\u2028|\u2029/g, '\n')
    .replace(/\ufeff/g, '')
    .replace(CONTROL, ' ')
    .split('\n');
  // `trimEnd` and not /\s+$/, which looks at a run of blanks inside a line once for each of them.
  const trimmed = lines.map((line) => line.trimEnd());
  let first = 0;
  let last = trimmed.length;
  while (first < last && trimmed[first] === '') first++;
  while (last > first && trimmed[last - 1] === '') last--;
  return trimmed.slice(first, last).join('\n');
}
