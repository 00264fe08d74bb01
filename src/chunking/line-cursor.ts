import { trimEnd, trimStart } from '../text-analysis/white-space';

/** Only this much of a line decides what it is: a 2 MB line costs no more than a short one. */
export const LINE_HEAD_LENGTH = 400;

/** The lines of a text one after the other, without copying more than their heads. */
export class LineCursor {
  start = 0;
  /** Offset after the last character that is not white space; equals `start` for a blank line. */
  trimmedEnd = 0;
  /** Offset of the first character that is not white space. */
  firstInk = 0;
  /** The line from its first ink on, at most `LINE_HEAD_LENGTH` of it. */
  head = '';
  private next = 0;

  constructor(private readonly text: string) {}

  get blank(): boolean {
    return this.trimmedEnd === this.start;
  }

  /** Columns of white space before the first ink; a tab counts to the next multiple of 4. */
  get indent(): number {
    let columns = 0;
    for (let i = this.start; i < this.firstInk && columns < 8; i++) {
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
    this.firstInk = trimStart(this.text, this.start, this.trimmedEnd);
    this.head = this.text.slice(this.firstInk, Math.min(this.trimmedEnd, this.firstInk + LINE_HEAD_LENGTH));
    return true;
  }
}
