import type { TextRange } from './chunk';
import { trimEnd, trimStart } from '../text-analysis/white-space';

/**
 * Finds where pieces stand that a splitter made of a stretch of text: they come in order, may overlap, and lack white
 * space at their ends. Of several places a piece is taken to stand at the last that leaves no text before it out, which
 * is never before the true one.
 *
 * @param stretch range of `text` that was split
 * @returns ranges that hold all text of the pieces; without those that add nothing or are not there
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
