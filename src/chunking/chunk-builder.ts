import type { WindowRun } from './boundary-chooser';
import type { Chunk, ChunkingOptions } from './chunk';
import type { Window } from './window-planner';

type BuilderOptions = Pick<ChunkingOptions, 'maxTokens' | 'overlapTokens' | 'countTokens'>;

/**
 * Makes the chunks of runs of windows: adds the overlap, counts the tokens, and splits a run whose text holds more
 * tokens than its windows together, so that no chunk exceeds the maximum whatever the tokenizer does at the seams.
 *
 * @param runs indices into `windows`, in order; windows before the first run may serve as its overlap
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
  const chunks: Chunk[] = [];
  const add = (run: WindowRun): void => {
    for (let first = firstWithOverlap(windows, run, options); first <= run.first; first++) {
      const { start } = windows[first];
      const { end } = windows[run.last];
      const content = text.slice(start, end);
      const tokenCount = options.countTokens(content);
      if (tokenCount > options.maxTokens && first < run.last) continue;
      chunks.push({
        ordinal: firstOrdinal + chunks.length,
        start,
        end,
        content,
        tokenCount,
        headingPath: [...windows[run.first].headingPath],
        windows: windows
          .slice(first, run.last + 1)
          .map((window) => ({ start: window.start, end: window.end })),
      });
      return;
    }
    const middle = (run.first + run.last) >> 1;
    add({ first: run.first, last: middle });
    add({ first: middle + 1, last: run.last });
  };
  runs.forEach(add);
  return chunks;
}

/** The first of the whole windows before a run that the overlap and the maximum have room for. */
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
