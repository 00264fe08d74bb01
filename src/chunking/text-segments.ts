import type { TextRange } from './chunk';

/** Maximum length of the text that a library processes at once, which bounds its memory and time. UTF-16 code units. */
export const SEGMENT_LENGTH = 65_536;

const BORDERS = ['\n\n', '\n', ' '];

/**
 * Divides a text into segments of at most `maxLength` code units, at the last blank line of the second half if there is
 * one, else line end, else space, else anywhere except inside a surrogate pair.
 * @returns ranges in order that join without gaps
 */
export function* textSegments(text: string, maxLength = SEGMENT_LENGTH): Generator<TextRange> {
  for (let start = 0; start < text.length;) {
    const end = start + maxLength >= text.length ? text.length : lastBorder(text, start, start + maxLength);
    yield { start, end };
    start = end;
  }
}

function lastBorder(text: string, start: number, limit: number): number {
  const half = text.slice((start + limit) >> 1, limit);
  for (const border of BORDERS) {
    const at = half.lastIndexOf(border);
    if (at >= 0) return limit - half.length + at + border.length;
  }
  const splitsPair = (text.charCodeAt(limit - 1) & 0xfc00) === 0xd800;
  return splitsPair ? limit - 1 : limit;
}
