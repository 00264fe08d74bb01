import { trimEnd, trimStart } from '../text-analysis/white-space';

/** How much of a line is examined to classify it: a 2 MB line costs no more than a short one. UTF-16 code units. */
export const LINE_HEAD_LENGTH = 400;

/** Iterates over the lines of a text without copying more than their heads. */
export class LineCursor {
  start = 0;
  /** Offset after the last character that is not white space; equals `start` for a blank line. */
  trimmedEnd = 0;
  /** Offset of the first character that is not white space. */
  firstNonSpace = 0;
  /** At most `LINE_HEAD_LENGTH` of the line, from its first character that is not white space. */
  head = '';
  private next = 0;

  constructor(private readonly text: string) {}

  get blank(): boolean {
    return this.trimmedEnd === this.start;
  }

  /** Columns of white space before the first other character; a tab counts to the next multiple of 4. */
  get indent(): number {
    let columns = 0;
    for (let i = this.start; i < this.firstNonSpace && columns < 8; i++) {
      columns += this.text.charCodeAt(i) === 9 ? 4 - (columns % 4) : 1;
    }
    return columns;
  }

  /** Moves to the next line; false at the end of the text. */
  advance(): boolean {
    if (this.next >= this.text.length) return false;
    this.start = this.next;
    const newline = this.text.indexOf('\n', this.start);
    const end = newline < 0 ? this.text.length : newline;
    this.next = newline < 0 ? end : newline + 1;
    this.trimmedEnd = trimEnd(this.text, this.start, end);
    this.firstNonSpace = trimStart(this.text, this.start, this.trimmedEnd);
    this.head = this.text.slice(
      this.firstNonSpace,
      Math.min(this.trimmedEnd, this.firstNonSpace + LINE_HEAD_LENGTH),
    );
    return true;
  }
}
