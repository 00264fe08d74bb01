import { CitationFilter, type CheckedText } from './citations';
import { NO_ANSWER_REPLY } from './prompt';

/**
 * Reads a model's reply while it comes: nothing is said until it is clear that the reply is an answer, and no citation
 * of evidence that does not exist is said at all.
 */
export class ReplyReader {
  private readonly filter: CitationFilter;
  /** The beginning, as long as it may be {@link NO_ANSWER_REPLY}; null once it is not. */
  private beginning: string | null = '';

  /** @param count passages in the prompt */
  constructor(
    count: number,
    private readonly onDelta: (text: string) => void = () => undefined,
  ) {
    this.filter = new CitationFilter(count);
  }

  push(piece: string): void {
    if (this.beginning === null) return this.say(this.filter.push(piece));
    this.beginning += piece;
    const said = this.beginning.trimStart();
    if (NO_ANSWER_REPLY.startsWith(said.slice(0, NO_ANSWER_REPLY.length))) return;
    this.beginning = null;
    this.say(this.filter.push(said));
  }

  /** @returns the answer; null where the reply says that there is none */
  end(): CheckedText | null {
    if (this.beginning?.trim().startsWith(NO_ANSWER_REPLY)) return null;
    if (this.beginning !== null) this.say(this.filter.push(this.beginning));
    this.say(this.filter.end());
    const { checked } = this.filter;
    return checked.text === '' ? null : checked;
  }

  private say(text: string): void {
    if (text !== '') this.onDelta(text);
  }
}
