import { toTitle } from './parsed-document';

/** A line of a page. */
export interface PdfLine {
  text: string;
  /** Height of its largest letters, in points to half a point. */
  size: number;
  /** Distance of its baseline from the page's bottom, in points. */
  y: number;
}

/** A heading is so much larger than the text, not longer than this, and within the largest few sizes. */
const HEADING_SIZE = 1.15;
const MAX_HEADING_LENGTH = 200;
const MAX_HEADING_LEVEL = 4;
/** A gap of so many line heights ends a paragraph. */
const PARAGRAPH_GAP = 1.6;
/** The first and last lines of a page that may be a running head or foot; it stands on this share of the pages. */
const EDGE_LINES = 2;
const MIN_PAGES_WITH_EDGES = 4;
const EDGE_SHARE = 0.6;

/** Makes Markdown of the lines of a PDF, whose pages say nothing of structure but sizes and distances. */
export class PdfLines {
  private readonly lines: PdfLine[][] = [];
  private readonly lengthOfSize = new Map<number, number>();
  private readonly pagesOfEdge = new Map<string, number>();
  private sizes: number[] | undefined;

  addPage(lines: PdfLine[]): void {
    this.lines.push(lines);
    for (const { size, text } of lines)
      this.lengthOfSize.set(size, (this.lengthOfSize.get(size) ?? 0) + text.length);
    for (const edge of new Set(edgesOf(lines).map(edgeKey)))
      this.pagesOfEdge.set(edge, (this.pagesOfEdge.get(edge) ?? 0) + 1);
  }

  /** The largest line of the first page that has text; null if it is no larger than the rest. */
  get title(): string | null {
    const first = this.lines.find((page) => page.length > 0) ?? [];
    const size = Math.max(...first.map((line) => line.size));
    if (!this.headingSizes().includes(size)) return null;
    const start = first.findIndex((line) => line.size === size);
    const end = first.findIndex((line, i) => i > start && line.size !== size);
    const words = first.slice(start, end < 0 ? undefined : end).map(({ text }) => text);
    return words.length > 3 ? toTitle(words[0]) : toTitle(words.join(' '));
  }

  /** The pages as Markdown, blank ones included. */
  pages(): string[] {
    const sizes = this.headingSizes();
    return this.lines.map((page) => {
      const edges = new Set(edgesOf(page).filter((line) => this.isRunning(line)));
      return markdownOf(
        page.filter((line) => !edges.has(line)),
        sizes,
      );
    });
  }

  /** Sizes of headings, largest first. */
  private headingSizes(): readonly number[] {
    return (this.sizes ??= this.findHeadingSizes());
  }

  private findHeadingSizes(): number[] {
    const [body] = [...this.lengthOfSize].sort((a, b) => b[1] - a[1])[0] ?? [0];
    return [...this.lengthOfSize.keys()]
      .filter((size) => size >= body * HEADING_SIZE)
      .sort((a, b) => b - a)
      .slice(0, MAX_HEADING_LEVEL);
  }

  private isRunning(line: PdfLine): boolean {
    const pages = this.pagesOfEdge.get(edgeKey(line)) ?? 0;
    // "Chapter 2" may begin every page.
    if (this.headingSizes().includes(line.size)) return false;
    return this.lines.length >= MIN_PAGES_WITH_EDGES && pages >= this.lines.length * EDGE_SHARE;
  }
}

const edgesOf = (lines: readonly PdfLine[]) => [...lines.slice(0, EDGE_LINES), ...lines.slice(-EDGE_LINES)];
/** Equal for the running lines of different pages. */
const edgeKey = ({ text }: PdfLine) => text.replace(/\d+/g, '#');

function markdownOf(lines: readonly PdfLine[], headingSizes: readonly number[]): string {
  let text = '';
  let before: PdfLine | null = null;
  let wasHeading = false;
  for (const line of lines) {
    const level = line.text.length <= MAX_HEADING_LENGTH ? headingSizes.indexOf(line.size) + 1 : 0;
    const isHeading = level > 0;
    const goesOn = before !== null && before.size === line.size && wasHeading === isHeading;
    const isNear = before !== null && Math.abs(before.y - line.y) <= Math.max(before.size, 1) * PARAGRAPH_GAP;
    if (goesOn && isNear) text = isHeading ? `${text} ${line.text}` : joined(text, line.text);
    else text += `${text === '' ? '' : '\n\n'}${isHeading ? `${'#'.repeat(level)} ` : ''}${line.text}`;
    before = line;
    wasHeading = isHeading;
  }
  return text;
}

/** Words that were divided at the end of a line become whole again. */
function joined(text: string, line: string): string {
  return /\p{Ll}-$/u.test(text) && /^\p{Ll}/u.test(line) ? text.slice(0, -1) + line : `${text}\n${line}`;
}
