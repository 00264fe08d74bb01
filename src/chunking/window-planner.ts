import { scanBlocks, type Block } from './block-scanner';
import type { CutKind, TextRange } from './chunk';
import { hardPieces } from './hard-cut';
import { scanSentences } from '../text-analysis/sentence-scanner';
import { TokenCounter } from './token-counter';
import { trimEnd, trimStart } from '../text-analysis/white-space';

/** The unit of embedding: what a chunk is made of. Plain data, so that it passes between threads. */
export interface Window extends TextRange {
  /** Tokens of the window, at least 1 and at most `maxTokens`. */
  tokens: number;
  /** Tokens of the white space between this window and the next; may be a fraction. */
  gapTokens: number;
  /** What a cut before this window separates. */
  cut: CutKind;
  headingPath: readonly string[];
}

export interface WindowOptions {
  /** No window exceeds this many tokens. */
  maxTokens: number;
  /** Sentences are joined until a window has this many tokens. */
  minTokens: number;
  countTokens: (text: string) => number;
}

/** Lines above this length are not wrapped by an editor, so the line ends of their block are paragraph ends. */
const UNWRAPPED_LINE_LENGTH = 160;
/** Longer lines are no titles. */
const MAX_TITLE_LINE_LENGTH = 80;

const LIST_ITEM_LINE = /^[ \t]{0,40}(?:[-*+]|\d{1,9}[.)])[ \t]/;
const SENTENCE_END = /[.!?…,;。！？]["'”’)*_`]*$/;

/**
 * Splits a text into windows: sentences joined to a handy size, items of lists, code and tables as a whole where they
 * fit, else their lines, else words, else code points. Titles stand in one window with the text below them. A
 * window's borders depend on its own block only, so an edit changes the windows of the edited block and no others.
 *
 * @yields windows in order; every character that is not white space is in exactly one
 */
export function planWindows(text: string, options: WindowOptions): Generator<Window> {
  return new WindowPlanner(text, options).plan();
}

/** A range of text that is not cut unless it is too long for a window. */
interface Unit extends TextRange {
  cut: CutKind;
  tokens: number;
}

class WindowPlanner {
  private readonly windows: Window[] = [];
  private readonly counter: TokenCounter;
  /** Titles that will begin the window of the text below them, if any. */
  private pending: (TextRange & { cut: CutKind }) | null = null;

  constructor(
    private readonly text: string,
    private readonly options: WindowOptions,
  ) {
    this.counter = new TokenCounter(text, options.countTokens);
  }

  *plan(): Generator<Window> {
    let path: readonly string[] = [];
    for (const block of scanBlocks(this.text)) {
      if (block.kind === 'heading' || block.kind === 'break') this.holdBack(block, path, 'section');
      else if (block.kind === 'paragraph' && this.isTitle(block)) this.holdBack(block, path, 'block');
      else this.addBlock(block);
      path = block.headingPath;
      // The gap behind the last window is not known yet.
      if (this.windows.length > 1) yield* this.takeWindows(this.windows.length - 1);
    }
    this.flushPending(path);
    yield* this.takeWindows(this.windows.length);
  }

  private takeWindows(count: number): Window[] {
    for (let i = 0; i < count && i + 1 < this.windows.length; i++) {
      this.windows[i].gapTokens = this.counter.estimateGap(this.windows[i].end, this.windows[i + 1].start);
    }
    return this.windows.splice(0, count);
  }

  /** Keeps titles for the window of the text below, unless they would fill more than half of it. */
  private holdBack(block: Block, path: readonly string[], cut: CutKind): void {
    if (this.pending && !this.counter.fits(this.pending.start, block.end, this.options.maxTokens / 2)) {
      this.flushPending(path);
    }
    this.pending ??= { start: trimStart(this.text, block.start, block.end), end: block.end, cut };
    this.pending.end = block.end;
  }

  private flushPending(path: readonly string[]): void {
    if (!this.pending) return;
    const { start, end, cut } = this.pending;
    this.pending = null;
    this.addUnits(this.wordsOf(start, end, cut), path, this.options.minTokens);
  }

  private addBlock(block: Block): void {
    const units = this.unitsOf(block);
    const [first] = units;
    if (this.pending) {
      const { start, cut } = this.pending;
      const tokens = this.counter.estimate(start, first.end);
      if (this.counter.fits(start, first.end, this.options.maxTokens, tokens)) {
        units[0] = { start, end: first.end, cut, tokens };
        this.pending = null;
      } else this.flushPending(block.headingPath);
    }
    // Lines of code and rows of a table mean little by themselves: their windows are filled.
    const filled = block.kind === 'code' || block.kind === 'table' || block.kind === 'metadata';
    this.addUnits(units, block.headingPath, filled ? this.options.maxTokens : this.options.minTokens);
  }

  /** The smallest parts of a block that may be windows, each within the maximum; at least one. */
  private unitsOf({ kind, start, end }: Block): Unit[] {
    const cut = this.followsLeadIn(start) ? 'item' : 'block';
    switch (kind) {
      case 'code':
      case 'table':
      case 'metadata': {
        const whole = this.unitIfFits(start, end, cut);
        return whole ? [whole] : this.linesOf(start, end, cut, 'row');
      }
      case 'list':
        return this.linesOf(start, end, cut, 'item');
      default: {
        const from = trimStart(this.text, start, end);
        return this.sentencesOf(from, end, cut, this.isUnwrapped(from, end) ? 'block' : null);
      }
    }
  }

  private unitIfFits(start: number, end: number, cut: CutKind): Unit | null {
    const { maxTokens } = this.options;
    if (!this.counter.mayFit(start, end, maxTokens)) return null;
    const tokens = this.counter.estimate(start, end);
    return this.counter.fits(start, end, maxTokens, tokens) ? { start, end, cut, tokens } : null;
  }

  /** Items (for `item`) or lines (for `row`) of a block, cut further where they are too long. */
  private linesOf(start: number, end: number, firstCut: CutKind, innerCut: 'item' | 'row'): Unit[] {
    const units: Unit[] = [];
    let from = start;
    let cut = firstCut;
    const add = (to: number) => {
      const unit = this.unitIfFits(from, to, cut);
      if (unit) units.push(unit);
      else if (innerCut === 'row') append(units, this.wordsOf(from, to, cut));
      else append(units, this.sentencesOf(from, to, cut, 'item'));
      cut = innerCut;
    };
    for (let newline = this.text.indexOf('\n', from); newline >= 0 && newline < end;) {
      const next = newline + 1;
      const lineEnd = trimEnd(this.text, from, newline);
      if (lineEnd === from) from = next;
      else if (innerCut === 'row' || LIST_ITEM_LINE.test(this.text.slice(next, next + 52))) {
        add(lineEnd);
        from = next;
      }
      newline = this.text.indexOf('\n', next);
    }
    add(end);
    return units;
  }

  /**
   * Sentences of a range, cut further where they are too long.
   * @param lineCut what a cut at a line end separates, or null where lines are wrapped and their ends mean nothing
   */
  private sentencesOf(start: number, end: number, firstCut: CutKind, lineCut: CutKind | null): Unit[] {
    const units: Unit[] = [];
    let from = start;
    let cut = firstCut;
    for (const next of [...scanSentences(this.text, start, end, lineCut !== null), end]) {
      const to = trimEnd(this.text, from, next);
      const unit = this.unitIfFits(from, to, cut);
      if (unit) units.push(unit);
      else append(units, this.wordsOf(from, to, cut));
      cut = lineCut !== null && this.text.slice(to, next).includes('\n') ? lineCut : 'sentence';
      from = next;
    }
    return units;
  }

  /** Cuts a range without better boundaries at words, or code points where a word is too long. */
  private wordsOf(start: number, end: number, firstCut: CutKind): Unit[] {
    const { maxTokens, countTokens } = this.options;
    return hardPieces(this.text, { start, end }, maxTokens, countTokens).map((piece, i) => ({
      ...piece,
      cut: i === 0 ? firstCut : 'word',
      tokens: this.counter.estimate(piece.start, piece.end),
    }));
  }

  /** Joins neighbouring units to windows of at least `minTokens` where the maximum allows. */
  private addUnits(units: readonly Unit[], headingPath: readonly string[], minTokens: number): void {
    let window: Window | null = null;
    for (const { start, end, cut, tokens } of units) {
      if (window !== null && window.tokens < minTokens) {
        const joined: number = Math.ceil(
          window.tokens + this.counter.estimateGap(window.end, start) + tokens,
        );
        if (this.counter.fits(window.start, end, this.options.maxTokens, joined)) {
          window.end = end;
          window.tokens = joined;
          continue;
        }
      }
      window = {
        start,
        end,
        tokens: Math.min(tokens, this.options.maxTokens),
        gapTokens: 0,
        cut,
        headingPath,
      };
      this.windows.push(window);
    }
  }

  /** One short line without the end of a sentence: in plain text, a title of what follows. */
  private isTitle({ start, end }: Block): boolean {
    if (end - start > MAX_TITLE_LINE_LENGTH) return false;
    const line = this.text.slice(start, end).trim();
    return !line.includes('\n') && !SENTENCE_END.test(line);
  }

  /** Whether the text before ends in a colon, as the introduction of a list, an example or a quotation does. */
  private followsLeadIn(start: number): boolean {
    const end = trimEnd(this.text, Math.max(0, start - MAX_TITLE_LINE_LENGTH), start);
    return end > 0 && (this.text[end - 1] === ':' || this.text[end - 1] === '：');
  }

  private isUnwrapped(start: number, end: number): boolean {
    let from = start;
    for (let newline = this.text.indexOf('\n', from); newline >= 0 && newline < end;) {
      if (newline - from > UNWRAPPED_LINE_LENGTH) return true;
      from = newline + 1;
      newline = this.text.indexOf('\n', from);
    }
    return end - from > UNWRAPPED_LINE_LENGTH;
  }
}

/** `push(...)` of some hundred thousand values exceeds the stack. */
function append<T>(list: T[], more: readonly T[]): void {
  for (const value of more) list.push(value);
}
