import type { TextRange } from './chunk';
import { LINE_HEAD_LENGTH, LineCursor } from './line-cursor';
import { isWhiteSpace, trimEnd } from '../text-analysis/white-space';

/** What a block is; `metadata` is front matter, `break` a thematic break (`---`). */
export type BlockKind =
  'heading' | 'paragraph' | 'list' | 'code' | 'table' | 'quote' | 'html' | 'metadata' | 'break';

/** A block of Markdown or plain text; ranges are in order, do not overlap and leave out only white space. */
export interface Block extends TextRange {
  kind: BlockKind;
  /** 1 to 6 for headings, else 0. */
  level: number;
  /** Titles of the headings above, outermost first; a heading's own title is the last of its path. */
  headingPath: readonly string[];
}

/** Longer titles are cut here: a title is copied into every chunk below it. */
const MAX_TITLE_LENGTH = 200;

/** These patterns match a line from its first non-space character; none backtracks over more than the line's head. */
const ATX_HEADING = /^(#{1,6})(?:[ \t]|$)/;
const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})/;
const LIST_ITEM = /^(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/;
const TABLE_DELIMITER = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?$/;
const HTML_OPEN =
  /^<(?:[?!]|\/?(?:address|article|aside|blockquote|body|br|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|head|header|hr|html|iframe|img|legend|li|link|main|menu|nav|ol|option|p|picture|pre|script|section|source|style|summary|table|tbody|td|template|textarea|tfoot|th|thead|title|tr|track|ul|video)(?=[\s/>]|$))/i;

/** `# Title ##` is the heading `Title`; `C#` keeps its hash. */
function withoutClosingHashes(title: string): string {
  let end = title.length;
  while (end > 0 && title[end - 1] === '#') end--;
  return end === 0 || title[end - 1] === ' ' || title[end - 1] === '\t' ? title.slice(0, end).trim() : title;
}

/**
 * Splits normalised text (Markdown, or plain text, which is read as Markdown) into blocks, in one pass over
 * its lines: time is linear in the text's length for any text. Not a CommonMark parser: mdast-util-from-markdown reads
 * 0.5 MB/s, builds a tree of inline nodes that is not needed here, and takes more than linear time for repeated `[a](`.
 * Deviations from CommonMark are harmless for cutting: the insides of quotes and lists are not parsed, and an unclosed
 * fence contains the rest of the text.
 *
 * @yields blocks in order; every character that is not white space is in exactly one
 */
export function scanBlocks(text: string): Generator<Block> {
  return new BlockScanner(text).scan();
}

/**
 * The heading paths of a text, for chunkers that ignore structure.
 * @returns a function from an offset, called in ascending order, to the titles of its headings, outermost first; a heading is
 *   part of its own path
 */
export function headingPathsOf(text: string): (offset: number) => readonly string[] {
  const blocks = scanBlocks(text);
  let next = blocks.next();
  let path: readonly string[] = [];
  return (offset) => {
    for (; !next.done && next.value.start <= offset; next = blocks.next()) path = next.value.headingPath;
    return path;
  };
}

class BlockScanner {
  /** Finished, but not yet yielded: at most two. */
  private readonly blocks: Block[] = [];
  private readonly headings: { level: number; title: string }[] = [];
  private path: readonly string[] = [];
  private readonly line: LineCursor;

  private kind: BlockKind | null = null;
  private start = 0;
  private end = 0;
  private linesInBlock = 0;
  private lastLineStart = 0;
  private lastLineHasPipe = false;
  private blankSeen = false;
  /** The marker that closes the open fence, or an empty string. */
  private fence = '';
  /** What ends an open HTML comment or raw element, or null where a blank line does. */
  private htmlEnd: string | null = null;

  constructor(private readonly text: string) {
    this.line = new LineCursor(text);
  }

  *scan(): Generator<Block> {
    while (this.line.advance()) {
      if (this.fence) this.continueFence();
      else if (this.kind === 'metadata') this.continueMetadata();
      else if (this.htmlEnd !== null) this.continueRawHtml();
      else if (this.line.blank) this.onBlankLine();
      else this.onLine();
      if (this.blocks.length > 0) yield* this.blocks.splice(0);
    }
    this.close();
    yield* this.blocks;
  }

  private onBlankLine(): void {
    if (this.kind === 'list' || this.kind === 'code') this.blankSeen = true;
    else this.close();
  }

  private onLine(): void {
    const { line } = this;
    const indent = line.indent;
    if (this.kind === 'list' && this.continuesList(indent)) return this.extendList();
    if (this.kind === 'code') {
      if (indent >= 4) return this.extend();
      this.close();
    }
    const inParagraph = this.kind === 'paragraph';
    if (indent >= 4 && !inParagraph && line.trimmedEnd - line.start <= LINE_HEAD_LENGTH) {
      this.close();
      return this.open('code');
    }
    if (indent < 4 && this.opensStructure(inParagraph)) return;
    if (this.kind === 'table' && line.head.includes('|')) return this.extend();
    if (inParagraph && this.lastLineHasPipe && line.head.includes('|') && TABLE_DELIMITER.test(line.head)) {
      return this.turnIntoTable();
    }
    if (inParagraph || this.kind === 'quote' || this.kind === 'html') return this.extend();
    this.close();
    this.open('paragraph');
  }

  /** Handles a line that begins a block of its own; false for any other line. */
  private opensStructure(inParagraph: boolean): boolean {
    const { line, text } = this;
    switch (text.charCodeAt(line.firstNonSpace)) {
      case 0x23: // #
        return this.tryHeading();
      case 0x60: // `
      case 0x7e: // ~
        return this.tryFence();
      case 0x3e: // >
        if (this.kind === 'quote') this.extend();
        else this.reopen('quote');
        return true;
      case 0x3c: // <
        return this.tryHtml(inParagraph);
      case 0x3d: // =
        return inParagraph && this.trySetext(1, 0x3d);
      case 0x2d: // -
        if (inParagraph && this.trySetext(2, 0x2d)) return true;
        if (line.start === 0 && line.trimmedEnd === 3 && line.head === '---' && this.hasMetadataEnd()) {
          this.reopen('metadata');
          return true;
        }
        return this.tryBreak() || this.tryList(inParagraph);
      case 0x2a: // *
      case 0x5f: // _
        return this.tryBreak() || this.tryList(inParagraph);
      default:
        return this.tryList(inParagraph);
    }
  }

  private tryHeading(): boolean {
    const match = ATX_HEADING.exec(this.line.head);
    if (!match) return false;
    const { line } = this;
    const title = withoutClosingHashes(line.head.slice(match[0].length).trim());
    this.close();
    this.addHeading(match[1].length, title, line.start, line.trimmedEnd);
    return true;
  }

  private trySetext(level: number, code: number): boolean {
    const { line, text } = this;
    for (let i = line.firstNonSpace; i < line.trimmedEnd; i++) if (text.charCodeAt(i) !== code) return false;
    // Unlike CommonMark: a long paragraph above a rule is not a heading.
    if (this.end - this.start > MAX_TITLE_LENGTH || this.linesInBlock > 3) return false;
    this.kind = null;
    const title = text.slice(this.start, this.end).replace(/\s+/g, ' ').trim();
    this.addHeading(level, title, this.start, line.trimmedEnd);
    return true;
  }

  private tryFence(): boolean {
    const match = FENCE.exec(this.line.head);
    if (!match) return false;
    this.reopen('code');
    this.fence = match[1];
    return true;
  }

  private tryHtml(inParagraph: boolean): boolean {
    if (!HTML_OPEN.test(this.line.head) || (inParagraph && /^<(?:br|img)/i.test(this.line.head)))
      return false;
    if (this.kind === 'html') this.extend();
    else this.reopen('html');
    const raw = /^<(!--|pre|script|style|textarea)/i.exec(this.line.head);
    if (!raw) return true;
    this.htmlEnd = raw[1] === '!--' ? '-->' : `</${raw[1].toLowerCase()}`;
    this.closeRawHtmlIfEnded();
    return true;
  }

  private tryBreak(): boolean {
    const { line, text } = this;
    const code = text.charCodeAt(line.firstNonSpace);
    let count = 0;
    for (let i = line.firstNonSpace; i < line.trimmedEnd; i++) {
      const c = text.charCodeAt(i);
      if (c === code) count++;
      else if (!isWhiteSpace(c)) return false;
    }
    if (count < 3) return false;
    this.reopen('break');
    this.close();
    return true;
  }

  private tryList(inParagraph: boolean): boolean {
    const { head } = this.line;
    // A number at the start of a wrapped line is a list only if it is 1 (CommonMark 5.2).
    if (!LIST_ITEM.test(head) || (inParagraph && /^\d/.test(head) && !/^1[.)]/.test(head))) return false;
    this.reopen('list');
    return true;
  }

  private continuesList(indent: number): boolean {
    const { head } = this.line;
    if (indent >= 2 || LIST_ITEM.test(head)) return !(indent < 4 && this.isThematicBreak());
    // A lazy continuation line, unless a blank line or another structure ends the item.
    return !this.blankSeen && !ATX_HEADING.test(head) && !FENCE.test(head) && !/^[<>=_|]/.test(head);
  }

  private isThematicBreak(): boolean {
    return /^([-*_])[ \t]*(?:\1[ \t]*){2,}$/.test(this.line.head);
  }

  private extendList(): void {
    const fence = FENCE.exec(this.line.head);
    this.extend();
    if (fence) this.fence = fence[1];
  }

  private continueFence(): void {
    if (!this.line.blank) {
      this.extend();
      const marker = this.line.head.trim();
      const closes = marker.length >= this.fence.length && marker === this.fence[0].repeat(marker.length);
      if (!closes || this.line.trimmedEnd - this.line.start > LINE_HEAD_LENGTH) return;
      this.fence = '';
      if (this.kind === 'code') this.close();
    }
  }

  private continueRawHtml(): void {
    if (this.line.blank) return;
    this.extend();
    this.closeRawHtmlIfEnded();
  }

  private closeRawHtmlIfEnded(): void {
    const { line } = this;
    const content = this.text.slice(line.start, line.trimmedEnd).toLowerCase();
    if (this.htmlEnd === null || !content.includes(this.htmlEnd)) return;
    this.htmlEnd = null;
  }

  private hasMetadataEnd(): boolean {
    return /^---[ \t]*\n(?:[^\n]*\n){0,200}?(?:---|\.\.\.)[ \t]*(?:\n|$)/.test(this.text.slice(0, 20_000));
  }

  private continueMetadata(): void {
    const { head, blank } = this.line;
    if (!blank) this.extend();
    if (/^(?:---|\.\.\.)[ \t]*$/.test(head)) this.close();
  }

  /** The paragraph's last line becomes the table's header row. */
  private turnIntoTable(): void {
    const headerStart = this.lastLineStart;
    const bodyEnd = trimEnd(this.text, this.start, headerStart);
    if (bodyEnd > this.start) {
      this.end = bodyEnd;
      this.close();
    }
    this.kind = 'table';
    this.start = headerStart;
    this.extend();
  }

  private addHeading(level: number, title: string, start: number, end: number): void {
    while (this.headings.length > 0 && this.headings[this.headings.length - 1].level >= level)
      this.headings.pop();
    this.headings.push({ level, title: title.slice(0, MAX_TITLE_LENGTH) });
    this.path = this.headings.map((heading) => heading.title).filter((heading) => heading !== '');
    this.blocks.push({ kind: 'heading', level, start, end, headingPath: this.path });
  }

  private reopen(kind: BlockKind): void {
    this.close();
    this.open(kind);
  }

  private open(kind: BlockKind): void {
    this.kind = kind;
    this.start = this.line.start;
    this.linesInBlock = 0;
    this.extend();
  }

  private extend(): void {
    const { line } = this;
    this.end = line.trimmedEnd;
    this.linesInBlock++;
    this.lastLineStart = line.start;
    this.lastLineHasPipe = line.head.includes('|');
    this.blankSeen = false;
  }

  private close(): void {
    if (this.kind !== null) {
      this.blocks.push({
        kind: this.kind,
        level: 0,
        start: this.start,
        end: this.end,
        headingPath: this.path,
      });
    }
    this.kind = null;
    this.fence = '';
    this.htmlEnd = null;
    this.blankSeen = false;
  }
}
