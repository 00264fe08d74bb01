import type { TextRange } from './chunk';
import { isWhiteSpace, trimEnd, trimStart } from '../text-analysis/white-space';

/** A piece is at most this many code units per token long, whatever its tokens. */
const MAX_CHARS_PER_TOKEN = 6;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** How far back the start of a grapheme cluster is searched; longer clusters are cut. */
const GRAPHEME_REACH = 64;

/**
 * Cuts text without a usable boundary to pieces of at most `maxTokens`: at white space where there is some,
 * else between grapheme clusters, else between code points; never inside a surrogate pair. Linear in the
 * length: each piece is counted a few times at most.
 *
 * @returns pieces in order, without white space at their ends, that together contain everything else in the range
 */
export function hardPieces(
  text: string,
  { start, end }: TextRange,
  maxTokens: number,
  countTokens: (text: string) => number,
): TextRange[] {
  const pieces: TextRange[] = [];
  for (let from = start; from < end;) {
    const next = longestFit(text, from, end, maxTokens, countTokens);
    const first = trimStart(text, from, next);
    if (first < next) pieces.push({ start: first, end: trimEnd(text, first, next) });
    from = next;
  }
  return pieces;
}

function longestFit(
  text: string,
  start: number,
  end: number,
  maxTokens: number,
  countTokens: (text: string) => number,
): number {
  let reach = Math.min(end, start + maxTokens * MAX_CHARS_PER_TOKEN);
  for (;;) {
    const cut = reach >= end ? end : cutAtOrBefore(text, start, reach);
    const tokens = countTokens(text.slice(start, trimEnd(text, start, cut)));
    // One code point is never split, even if the tokenizer makes more of it than the maximum.
    if (tokens <= maxTokens || cut <= start + 1 || (cut === start + 2 && isPairAt(text, start))) return cut;
    reach = start + Math.max(1, Math.min(cut - start - 1, Math.floor((cut - start) * (maxTokens / tokens))));
  }
}

/** The last good place for a cut in `(start, reach]`. */
function cutAtOrBefore(text: string, start: number, reach: number): number {
  for (let i = reach; i > start + 1; i--) if (isWhiteSpace(text.charCodeAt(i - 1))) return i;
  const cut = isPairAt(text, reach - 1) ? reach - 1 : reach;
  const whole = graphemeStart(text, start, cut);
  if (whole > start) return whole;
  return cut > start ? cut : start + 2;
}

/** Whether a surrogate pair begins at `at`. */
function isPairAt(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}

/** `cut`, or the start of the grapheme cluster that a cut there would split. */
function graphemeStart(text: string, start: number, cut: number): number {
  // Neither side can be part of a longer cluster: most text, and much faster than the segmenter.
  if (text.charCodeAt(cut) < 0x300 && text.charCodeAt(cut - 1) < 0x300) return cut;
  const from = Math.max(start, cut - GRAPHEME_REACH);
  const around = text.slice(from, cut + 2);
  const segment = graphemes.segment(around).containing(cut - from);
  return segment === undefined ? cut : from + segment.index;
}
