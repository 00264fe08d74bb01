import type { Boundary, Chunk } from '../src/chunking/chunk';

/** A chunked text. */
export interface CutText {
  text: string;
  chunks: readonly Chunk[];
  boundaries: readonly Boundary[];
}

/** A drift of this many standard deviations fills the bar. */
const FULL_BAR_DRIFT = 3;
const BAR_WIDTH = 12;

const HEAD = ['similar', '  drift', ''.padEnd(BAR_WIDTH), ' '].join(' ');

/**
 * Draws chunks for a terminal: one line per window with the similarity and the drift of the boundary before it, and a
 * separator with the reason of the cut at each beginning of a chunk.
 * @param columns width of the terminal
 */
export function drawChunks({ text, chunks, boundaries }: CutText, columns: number): string {
  const boundaryAt = new Map(boundaries.map((boundary) => [boundary.offset, boundary]));
  const lines = [boundaries.length > 0 ? `${HEAD} text` : ''];
  for (const { ordinal, start, tokenCount, headingPath, windows } of chunks) {
    const reason = boundaryAt.get(start)?.reason;
    const title = [
      `── chunk ${ordinal + 1}`,
      `${tokenCount} tokens`,
      ...(reason ? [`cut: ${reason}`] : []),
      ...(headingPath.length > 0 ? [headingPath.join(' › ')] : []),
    ];
    lines.push(fitted(`${title.join(' · ')} `, columns).padEnd(columns, '─'));
    for (const window of windows) {
      const boundary = boundaryAt.get(window.start);
      const measures = boundaries.length > 0 ? `${measuresOf(boundary)} ` : '  ';
      lines.push(fitted(`${measures}${oneLine(text.slice(window.start, window.end))}`, columns));
    }
  }
  return `${lines.join('\n')}\n`;
}

function measuresOf(boundary: Boundary | undefined): string {
  const { similarity = null, drift = null, reason = null } = boundary ?? {};
  const cells = [
    (similarity === null ? '' : similarity.toFixed(2)).padStart(7),
    (drift === null ? '' : drift.toFixed(2)).padStart(7),
    bar(drift ?? 0).padEnd(BAR_WIDTH),
    reason === null ? ' ' : '┃',
  ];
  return cells.join(' ');
}

function bar(drift: number): string {
  return '█'.repeat(Math.round((Math.min(FULL_BAR_DRIFT, Math.max(0, drift)) / FULL_BAR_DRIFT) * BAR_WIDTH));
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, ' ');
}

function fitted(line: string, columns: number): string {
  const characters = [...line];
  return characters.length <= columns ? line : `${characters.slice(0, columns - 1).join('')}…`;
}
