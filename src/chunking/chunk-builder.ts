import type { WindowRun } from './boundary-chooser';
import type { Chunk, ChunkingOptions, TextRange } from './chunk';
import { hardPieces } from './hard-cut';
import type { Window } from './window-planner';

type BuilderOptions = Pick<ChunkingOptions, 'maxTokens' | 'overlapTokens' | 'countTokens'>;

/**
 * Makes the chunks of runs of windows: adds the overlap, counts the tokens, and splits a run whose text holds more
 * tokens than its windows together, so that no chunk exceeds the maximum however the tokenizer counts where windows meet.
 *
 * @param runs indices into `windows`, in order; windows before the first run may be its overlap
 * @param firstOrdinal ordinal of the first chunk
 * @returns chunks in order
 */
export function buildChunks(
  text: string,
  windows: readonly Window[],
  runs: readonly WindowRun[],
  options: BuilderOptions,
  firstOrdinal = 0,
): Chunk[] {
  const { maxTokens, countTokens } = options;
  const chunks: Chunk[] = [];

  const push = (ranges: TextRange[], tokenCount: number, headingPath: readonly string[]) => {
    const { start } = ranges[0];
    const { end } = ranges[ranges.length - 1];
    const content = text.slice(start, end);
    const ordinal = firstOrdinal + chunks.length;
    chunks.push({ ordinal, start, end, content, tokenCount, headingPath: [...headingPath], windows: ranges });
  };

  const add = (run: WindowRun): void => {
    const { headingPath } = windows[run.first];
    const { end } = windows[run.last];
    for (let first = firstWithOverlap(windows, run, options); first <= run.first; first++) {
      const tokenCount = countTokens(text.slice(windows[first].start, end));
      if (tokenCount > maxTokens) continue;
      push(windows.slice(first, run.last + 1).map(rangeOf), tokenCount, headingPath);
      return;
    }
    if (run.first < run.last) {
      const middle = (run.first + run.last) >> 1;
      add({ first: run.first, last: middle });
      add({ first: middle + 1, last: run.last });
      return;
    }
    for (const piece of hardPieces(text, windows[run.first], maxTokens, countTokens)) {
      push([piece], countTokens(text.slice(piece.start, piece.end)), headingPath);
    }
  };

  runs.forEach(add);
  return chunks;
}

/** The maximum of a run: overlap is part of a chunk's maximum, so a run gets the rest of it, at least half. */
export function budgetWithoutOverlap({
  maxTokens,
  overlapTokens,
}: Pick<ChunkingOptions, 'maxTokens' | 'overlapTokens'>): number {
  return Math.max(Math.ceil(maxTokens / 2), maxTokens - overlapTokens);
}

function rangeOf({ start, end }: TextRange): TextRange {
  return { start, end };
}

/** Index of the first whole window before a run that fits the overlap and the maximum. */
function firstWithOverlap(windows: readonly Window[], run: WindowRun, options: BuilderOptions): number {
  if (options.overlapTokens === 0) return run.first;
  let size = 0;
  for (let i = run.first; i <= run.last; i++)
    size += windows[i].tokens + (i < run.last ? windows[i].gapTokens : 0);
  let first = run.first;
  let overlap = 0;
  while (first > 0) {
    overlap += windows[first - 1].tokens + windows[first - 1].gapTokens;
    if (overlap > options.overlapTokens || size + overlap > options.maxTokens) break;
    first--;
  }
  return first;
}
