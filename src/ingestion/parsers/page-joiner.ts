import { normaliseText } from './normalise-text';
import { limitExceeded, type PageStart, toLabel } from './parsed-document';

/** Longest text that is made of a document: compressed formats hold many times their size. UTF-16 code units. */
export const MAX_TEXT_LENGTH = 33_554_432;

/** Joins pages to one normalised text and remembers where each of them begins. Blank pages leave no trace. */
export class PageJoiner {
  readonly pages: PageStart[] = [];
  private readonly parts: string[] = [];
  private length = 0;

  /** @throws AppError `DOCUMENT_LIMIT_EXCEEDED` */
  add(label: string, text: string): void {
    const part = normaliseText(text);
    if (part === '') return;
    // The blank line before it.
    if (this.parts.length > 0) this.length += 2;
    this.pages.push({ start: this.length, label: toLabel(label) });
    this.parts.push(part);
    this.length += part.length;
    if (this.length > MAX_TEXT_LENGTH)
      throw limitExceeded(`The document holds more than ${MAX_TEXT_LENGTH} characters of text.`);
  }

  get text(): string {
    return this.parts.join('\n\n');
  }
}
