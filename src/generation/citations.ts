/** Citations side by side, `[1]`, `[1, 3][2]`, with the space before them; not the `[1](url)` of a Markdown link. */
// eslint-disable-next-line regexp/no-super-linear-move -- after one citation it fails only before `(`, one step back
const CITATIONS = /((?<![ \t])[ \t]+)?((?:\[\d+(?:\s*,\s*\d+)*\])+)(?!\()(?=(.?))/gsu;
const TRAILING_SPACE = /(?<![ \t])[ \t]+(?=\n)/g;
const STARTS_A_WORD = /^[\p{L}\p{N}]/u;
/** Of what a citation, and the space around it, is made. */
const OF_CITATIONS = /[\d\s,[\]]/;

/** An answer's text with its valid citations as `[n]`, and their numbers in the order of first mention. */
export interface CheckedText {
  text: string;
  cited: number[];
}

/**
 * Reads the citations of an answer while it is written and drops those of evidence that does not exist. However the
 * text is cut into pieces, what comes out is the same.
 */
export class CitationFilter {
  private waiting = '';
  private settled = '';
  private readonly cited = new Set<number>();

  /** @param count how many passages the context held; valid numbers are 1 to `count` */
  constructor(private readonly count: number) {}

  /** @returns what is certain by now and was not returned before */
  push(piece: string): string {
    this.waiting += piece;
    return this.settle(this.unsettledFrom());
  }

  /** @returns the rest that {@link push} held back */
  end(): string {
    this.waiting = this.waiting.trimEnd();
    return this.settle(this.waiting.length);
  }

  /** All that was returned so far. */
  get checked(): CheckedText {
    return { text: this.settled, cited: [...this.cited] };
  }

  /** Where that begins of which the next piece may make a citation, or a space that goes with a dropped one. */
  private unsettledFrom(): number {
    const { waiting } = this;
    let from = waiting.length;
    for (let i = from - 1; i >= 0 && OF_CITATIONS.test(waiting[i]); i--)
      if (!/[\d,\]]/.test(waiting[i])) from = i;
    return from;
  }

  private settle(length: number): string {
    const head = this.waiting.slice(0, length);
    this.waiting = this.waiting.slice(length);
    const checked = this.withValidOnly(head).replace(TRAILING_SPACE, '');
    const text = this.settled === '' ? checked.trimStart() : checked;
    this.settled += text;
    return text;
  }

  private withValidOnly(text: string): string {
    for (;;) {
      const checked = text.replace(CITATIONS, (_, space = '', list: string, next: string) =>
        this.valid(space, list, next),
      );
      // What is dropped may have been inside another: `[[9]7]`.
      if (checked === text) return text;
      text = checked;
    }
  }

  private valid(space: string, list: string, next: string): string {
    const numbers = (list.match(/\d+/g) ?? []).map(Number).filter((n) => n >= 1 && n <= this.count);
    numbers.forEach((n) => this.cited.add(n));
    if (numbers.length > 0) return space + numbers.map((n) => `[${n}]`).join('');
    // A dropped citation takes the space before it along, unless it parts two words.
    return STARTS_A_WORD.test(next) ? space : '';
  }
}

/** {@link CitationFilter} for a whole text. */
export function checkCitations(text: string, count: number): CheckedText {
  const filter = new CitationFilter(count);
  filter.push(text);
  filter.end();
  return filter.checked;
}
