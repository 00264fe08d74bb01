import type { TextRange } from './chunk';
import { trimEnd, trimStart } from '../text-analysis/white-space';

/**
 * Finds the offsets of the pieces that a splitter made of a segment of text: they are in order, may overlap, and have no white
 * space at their ends. Of several matches the last one that leaves no text before it out is taken, which is never before
 * the true one.
 *
 * @param segment range of `text` that was split
 * @returns ranges that hold all text of the pieces; without pieces that add nothing or are not found
 */
export function* locatePieces(
  text: string,
  { start, end }: TextRange,
  pieces: Iterable<string>,
): Generator<TextRange> {
  let covered = start;
  for (const piece of pieces) {
    const content = piece.trim();
    const from = text.lastIndexOf(content, trimStart(text, covered, end));
    const to = from + content.length;
    if (content === '' || from < start || to <= covered) continue;
    covered = to;
    yield { start: from, end: trimEnd(text, from, to) };
  }
}
