import type { TextRange } from './chunk';
import { isWhiteSpace, trimEnd } from './white-space';

/** Of 200 to 900, the length that served retrieval best. */
const PRECEDING_TEXT_LENGTH = 600;

/**
 * The text that stands before a chunk: what its pronouns, abbreviations and half-sentences refer to. Full-text search
 * that weighs these words a quarter of the chunk's own finds chunks that do not repeat the names of their
 * subject; see `docs/chunking.md` for how much that gains. Not part of the chunk: neither stored as its content
 * nor embedded.
 *
 * @param chunk offsets into `text`
 * @param maxLength in UTF-16 code units
 * @returns whole words, without white space at the ends; empty for the first chunk
 */
export function precedingText(text: string, chunk: TextRange, maxLength = PRECEDING_TEXT_LENGTH): string {
  const end = trimEnd(text, Math.max(0, chunk.start - maxLength), chunk.start);
  let start = Math.max(0, chunk.start - maxLength);
  // The first word may be half a word, or half a surrogate pair, unless the text begins there.
  if (start > 0 && !isWhiteSpace(text.charCodeAt(start - 1))) {
    while (start < end && !isWhiteSpace(text.charCodeAt(start))) start++;
  }
  return text.slice(start, end).trim();
}
