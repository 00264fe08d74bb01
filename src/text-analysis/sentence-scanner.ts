import english from './data/english.json';
import { isWhiteSpace } from './white-space';
import { wordSet } from './word-lists';

/** Before a name or a number: never the end of a sentence. */
const ABBREVIATIONS = wordSet(english.abbreviations);
/** How far back the word before a full stop is looked at. */
const MAX_ABBREVIATION_LENGTH = 8;

const enum Mark {
  None = 0,
  /** Ends a sentence only before white space: `.`, `!`, `?` and their kin. */
  Spaced = 1,
  /** Ends a sentence by itself: the full stops of scripts written without spaces. */
  Absolute = 2,
}

const SPACED_MARKS = new Set([...'.!?…؟۔।॥։።፧‼⁇⁈⁉'].map((mark) => mark.charCodeAt(0)));
const ABSOLUTE_MARKS = new Set([...'。！？｡．'].map((mark) => mark.charCodeAt(0)));
const CLOSERS = new Set([...'"\')]}”’»›」』）】〕》〉*_`~'].map((closer) => closer.charCodeAt(0)));

function markOf(code: number): Mark {
  if (code === 0x2e || code === 0x21 || code === 0x3f) return Mark.Spaced;
  if (code < 0x2000) return code >= 0x589 && SPACED_MARKS.has(code) ? Mark.Spaced : Mark.None;
  if (SPACED_MARKS.has(code)) return Mark.Spaced;
  return ABSOLUTE_MARKS.has(code) ? Mark.Absolute : Mark.None;
}

/**
 * Finds where sentences begin in `text.slice(start, end)`, in one pass: linear whatever the text. Knows
 * abbreviations, initials, decimals, addresses, closing quotes and scripts without spaces. The built-in
 * `Intl.Segmenter` is fast enough (20 MB/s) but cuts after `Dr.`, `Fig.` and `e.g.`.
 *
 * @param hardLineBreaks whether each line end ends a sentence too (lists, verse, unwrapped text)
 * @returns offsets into `text` of the first character of every sentence but the first, ascending
 */
export function scanSentences(text: string, start: number, end: number, hardLineBreaks: boolean): number[] {
  const starts: number[] = [];
  let i = start;
  while (i < end) {
    const code = text.charCodeAt(i);
    if (hardLineBreaks && code === 10) {
      i = skipWhiteSpace(text, i, end);
      if (i < end) starts.push(i);
      continue;
    }
    const mark: Mark = markOf(code);
    if (mark === Mark.None) {
      i++;
      continue;
    }
    const markStart = i;
    let absolute = false;
    for (let run: Mark = mark; run !== Mark.None; run = i < end ? markOf(text.charCodeAt(i)) : Mark.None) {
      absolute ||= run === Mark.Absolute;
      i++;
    }
    while (i < end && CLOSERS.has(text.charCodeAt(i))) i++;
    const next = skipWhiteSpace(text, i, end);
    if (next >= end) break;
    if (absolute || (next > i && endsSentence(text, start, markStart, i, next))) {
      starts.push(next);
      i = next;
    }
  }
  return starts;
}

/** The sentences of running text, trimmed, in order; line ends end none. Linear. */
export function splitSentences(text: string): string[] {
  const starts = [0, ...scanSentences(text, 0, text.length, false)];
  return starts
    .map((start, i) => text.slice(start, starts[i + 1]).trim())
    .filter((sentence) => sentence !== '');
}

function skipWhiteSpace(text: string, from: number, end: number): number {
  let i = from;
  while (i < end && isWhiteSpace(text.charCodeAt(i))) i++;
  return i;
}

/** Decides about a mark at `[markStart, markEnd)` (closers included) that white space follows. */
function endsSentence(
  text: string,
  start: number,
  markStart: number,
  markEnd: number,
  next: number,
): boolean {
  if (isLowerCase(text, next)) return false;
  if (text.charCodeAt(markStart) !== 0x2e || markEnd - markStart > 1) return true;
  let wordStart = markStart;
  const limit = Math.max(start, markStart - MAX_ABBREVIATION_LENGTH);
  while (wordStart > limit && isWordCode(text.charCodeAt(wordStart - 1))) wordStart--;
  const word = text.slice(wordStart, markStart);
  if (word === '') return true;
  // `J. Smith`, `U.S. Navy`: wrong where a sentence ends so, but two joined sentences harm less than half a one.
  if (/^(?:[A-Z]\.)*[A-HJ-Z]$/.test(word)) return false;
  // `1. First`: the number of an item, if nothing stands before it on the line.
  if (/^\d{1,3}$/.test(word) && (wordStart === start || text.charCodeAt(wordStart - 1) === 10)) return false;
  const lower = word.toLowerCase();
  if (lower === 'no' || lower === 'nos') return !isDigit(text.charCodeAt(next));
  return !ABBREVIATIONS.has(lower);
}

function isLowerCase(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return code >= 97 && code <= 122;
  const char = text[at];
  return char !== char.toUpperCase() && char === char.toLowerCase();
}

function isWordCode(code: number): boolean {
  return code === 0x2e || isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
