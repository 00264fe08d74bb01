import { scanBlocks, type Block } from './block-scanner';
import type { TextRange } from './chunk';
import { hardCuts, MAX_CHARS_PER_TOKEN } from './hard-cut';
import { scanSentences } from './sentence-scanner';
import { trimEnd, trimStart } from './white-space';

/**
 * What a cut before a window would part, from the best place to the worst: sections, blocks (paragraphs),
 * items or lines of a list or of unwrapped text, sentences, lines of a code block or table, words.
 */
export type CutKind = 'section' | 'block' | 'line' | 'sentence' | 'row' | 'word';

/** The unit of embedding: what a chunk is made of. Plain data, so that it passes between threads. */
export interface Window extends TextRange {
  /** Tokens of the window, at least 1 and at most `windowMaxTokens`. */
  tokens: number;
  /** Tokens of the white space between this window and the next. */
  gapTokens: number;
  /** What a cut before this window parts. */
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

const LIST_ITEM_LINE = /^[ \t]{0,40}(?:[-*+]|\d{1,9}[.)])[ \t]/;

/**
 * Splits a text into windows: whole blocks where they fit, else their lines, items or sentences, else words,
 * else code points. Headings stand in one window with the text below them. A window's borders depend on its own block
 * only, so an edit changes the windows of the edited block and no others.
 *
 * @returns windows in order; every character that is not white space lies in exactly one. None for blank text.
 */
export function planWindows(text: string, options: WindowOptions): Window[] {
  return new WindowPlanner(text, options).plan();
}

/** A stretch of text that is not cut unless it is too long for a window. */
interface Unit extends TextRange {
  cut: CutKind;
}

class WindowPlanner {
  private readonly windows: Window[] = [];
  /** Start of headings and rules that wait for the text below them, or -1. */
  private pendingStart = -1;
  private pendingEnd = -1;

  constructor(
    private readonly text: string,
    private readonly options: WindowOptions,
  ) {}

  plan(): Window[] {
    let path: readonly string[] = [];
    for (const block of scanBlocks(this.text)) {
      if (block.kind === 'heading' || block.kind === 'break') this.holdBack(block, path);
      else this.addBlock(block);
      path = block.headingPath;
    }
    this.flushPending(path);
    this.measureGaps();
    return this.windows;
  }

  /** Headings wait for the text below, but not so many that little room is left for it. */
  private holdBack(block: Block, path: readonly string[]): void {
    if (this.pendingStart >= 0 && !this.fits(this.pendingStart, block.end, this.options.maxTokens / 2)) {
      this.flushPending(path);
    }
    if (this.pendingStart < 0) this.pendingStart = trimStart(this.text, block.start, block.end);
    this.pendingEnd = block.end;
  }

  private flushPending(path: readonly string[]): void {
    if (this.pendingStart < 0) return;
    const [start, end] = [this.pendingStart, this.pendingEnd];
    this.pendingStart = -1;
    this.addUnits(this.partsOf({ start, end, cut: 'section' }, 'word'), path, this.options.minTokens);
  }

  private addBlock(block: Block): void {
    const units = this.unitsOf(block);
    if (this.pendingStart >= 0) {
      const joined = { start: this.pendingStart, end: units[0].end, cut: 'section' as const };
      if (this.fits(joined.start, joined.end, this.options.maxTokens)) {
        units[0] = joined;
        this.pendingStart = -1;
      } else this.flushPending(block.headingPath);
    }
    // Lines of code and rows of a table mean little alone: their windows are filled.
    const whole = block.kind === 'code' || block.kind === 'table' || block.kind === 'metadata';
    this.addUnits(units, block.headingPath, whole ? this.options.maxTokens : this.options.minTokens);
  }

  /** The smallest parts of a block that may be windows, each within the maximum. */
  private unitsOf(block: Block): Unit[] {
    const { kind, end } = block;
    const keepsIndent = kind === 'code' || kind === 'list' || kind === 'table';
    const start = keepsIndent ? block.start : trimStart(this.text, block.start, end);
    const unit: Unit = { start, end, cut: 'block' };
    switch (kind) {
      case 'code':
      case 'table':
      case 'metadata':
        return this.fits(start, end, this.options.maxTokens) ? [unit] : this.linesOf(unit, 'row');
      case 'list':
        return this.linesOf(unit, 'line');
      default:
        return this.sentencesOf(unit, this.isUnwrapped(start, end));
    }
  }

  /** Items (for `line`) or lines (for `row`) of a block. */
  private linesOf(unit: Unit, cut: 'line' | 'row'): Unit[] {
    const units: Unit[] = [];
    let start = unit.start;
    for (let newline = this.text.indexOf('\n', start); newline >= 0 && newline < unit.end;) {
      const next = newline + 1;
      const opens = cut === 'row' || LIST_ITEM_LINE.test(this.text.slice(next, next + 52));
      const lineEnd = trimEnd(this.text, start, newline);
      if (opens && lineEnd > start) {
        this.addParts(units, { start, end: lineEnd, cut: start === unit.start ? unit.cut : cut });
        start = next;
      } else if (lineEnd === start) start = next;
      newline = this.text.indexOf('\n', next);
    }
    this.addParts(units, { start, end: unit.end, cut: start === unit.start ? unit.cut : cut });
    return units;
  }

  private addParts(units: Unit[], unit: Unit): void {
    if (this.fits(unit.start, unit.end, this.options.maxTokens)) units.push(unit);
    else units.push(...this.partsOf(unit, unit.cut === 'row' ? 'row' : 'sentence'));
  }

  /** Sentences of a stretch, those that are too long cut further. */
  private sentencesOf(unit: Unit, hardLineBreaks: boolean): Unit[] {
    const units: Unit[] = [];
    let { start, cut } = unit;
    for (const next of [...scanSentences(this.text, unit.start, unit.end, hardLineBreaks), unit.end]) {
      const end = trimEnd(this.text, start, next);
      const sentence = { start, end, cut };
      if (this.fits(start, end, this.options.maxTokens)) units.push(sentence);
      else units.push(...this.partsOf(sentence, 'word'));
      cut = hardLineBreaks && this.text.slice(end, next).includes('\n') ? 'line' : 'sentence';
      start = next;
    }
    return units;
  }

  /** Cuts a stretch that does not fit: at sentences if it may hold some, else at words and code points. */
  private partsOf(unit: Unit, inner: 'row' | 'sentence' | 'word'): Unit[] {
    if (inner === 'sentence') return this.sentencesOf(unit, true);
    const { maxTokens, countTokens } = this.options;
    const units: Unit[] = [];
    let { start, cut } = unit;
    for (const next of [...hardCuts(this.text, start, unit.end, maxTokens, countTokens), unit.end]) {
      const from = trimStart(this.text, start, next);
      if (from < next) units.push({ start: from, end: trimEnd(this.text, from, next), cut });
      cut = 'word';
      start = next;
    }
    return units;
  }

  /** Joins neighbouring units to windows of at least `minTokens` where the maximum allows. */
  private addUnits(units: readonly Unit[], headingPath: readonly string[], minTokens: number): void {
    let window: Window | null = null;
    for (const { start, end, cut } of units) {
      const tokens = this.count(start, end);
      if (window !== null && window.tokens < minTokens) {
        // The sum decides first: joined text is counted only where it may fit.
        const joined =
          window.tokens + tokens <= this.options.maxTokens ? this.count(window.start, end) : Infinity;
        if (joined <= this.options.maxTokens) {
          window.end = end;
          window.tokens = joined;
          continue;
        }
      }
      window = { start, end, tokens, gapTokens: 0, cut, headingPath };
      this.windows.push(window);
    }
  }

  private measureGaps(): void {
    const { windows, text } = this;
    for (let i = 0; i + 1 < windows.length; i++) {
      const gap = text.slice(windows[i].end, windows[i + 1].start);
      windows[i].gapTokens = gap.length <= 1 ? gap.length : this.measure(gap);
    }
  }

  private count(start: number, end: number): number {
    return this.measure(this.text.slice(start, end));
  }

  /**
   * Tokens of a text, at least 1, and at least one per 16 code units: a tokenizer that folds runs of unknown
   * characters into one token must not let a chunk grow without bound.
   */
  private measure(text: string): number {
    const floor = Math.ceil(text.length / (MAX_CHARS_PER_TOKEN + 10));
    return Math.max(1, floor, text.length > 100_000 ? floor : this.options.countTokens(text));
  }

  /** Whether a stretch fits; text that is far too long is not counted at all. */
  private fits(start: number, end: number, maxTokens: number): boolean {
    return end - start <= maxTokens * (MAX_CHARS_PER_TOKEN + 10) && this.count(start, end) <= maxTokens;
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
