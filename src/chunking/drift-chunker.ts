import { chooseBoundaries, type WindowRun } from './boundary-chooser';
import type { Chunk, Chunker, ChunkingOptions } from './chunk';
import { planWindows, type Window } from './window-planner';

/** Sentences are joined to windows of this many tokens: fewer say too little to measure drift. */
export const WINDOW_MIN_TOKENS = 24;
/** Windows per call of `embed`: bounds the memory that the vectors of a long text take. */
const MAX_WINDOWS_AT_ONCE = 4096;

/**
 * Cuts a text where its meaning drifts. Structure comes first (sections, blocks, sentences), each window of
 * sentences is embedded once, and the boundaries are chosen together to fill the token budget with the
 * deepest valleys of similarity between chunks.
 *
 * @throws whatever `embed` throws
 */
export const chunkByDrift: Chunker = async (text, options, embed) => {
  const windows = planWindows(text, {
    maxTokens: Math.min(options.windowMaxTokens, options.maxTokens),
    minTokens: WINDOW_MIN_TOKENS,
    countTokens: options.countTokens,
  });
  const chunks: Chunk[] = [];
  for (let from = 0; from < windows.length;) {
    const to = endOfBatch(windows, from);
    const batch = windows.slice(from, to);
    const vectors =
      batch.length > 1 ? await embed(batch.map(({ start, end }) => text.slice(start, end))) : [];
    const runs = chooseBoundaries(batch, vectors, {
      maxTokens: budgetWithoutOverlap(options),
      minTokens: options.minTokens,
      driftThreshold: options.driftThreshold,
    });
    for (const run of runs)
      addChunk(chunks, text, windows, { first: run.first + from, last: run.last + from }, options);
    from = to;
  }
  return chunks;
};

/** Overlap is part of a chunk's maximum, so the runs between overlaps get the rest of it, at least half. */
function budgetWithoutOverlap({ maxTokens, overlapTokens }: ChunkingOptions): number {
  return Math.max(Math.ceil(maxTokens / 2), maxTokens - overlapTokens);
}

/** All windows if they are few, else up to the last section (or block) that begins in the batch's last quarter. */
function endOfBatch(windows: readonly Window[], from: number): number {
  const end = from + MAX_WINDOWS_AT_ONCE;
  if (end >= windows.length) return windows.length;
  for (const kind of ['section', 'block']) {
    for (let i = end; i > end - MAX_WINDOWS_AT_ONCE / 4; i--) if (windows[i].cut === kind) return i;
  }
  return end;
}

/** Appends the chunk of a run, or several where the run's text holds more tokens than its windows' sum. */
function addChunk(
  chunks: Chunk[],
  text: string,
  windows: readonly Window[],
  run: WindowRun,
  options: ChunkingOptions,
): void {
  for (let first = firstWithOverlap(windows, run, options); first <= run.first; first++) {
    const { start } = windows[first];
    const { end } = windows[run.last];
    const content = text.slice(start, end);
    const tokenCount = options.countTokens(content);
    if (tokenCount > options.maxTokens && first < run.last) continue;
    chunks.push({
      ordinal: chunks.length,
      start,
      end,
      content,
      tokenCount,
      headingPath: [...windows[run.first].headingPath],
      windows: windows.slice(first, run.last + 1).map((window) => ({ start: window.start, end: window.end })),
    });
    return;
  }
  const middle = (run.first + run.last) >> 1;
  addChunk(chunks, text, windows, { first: run.first, last: middle }, options);
  addChunk(chunks, text, windows, { first: middle + 1, last: run.last }, options);
}

/** The first of the whole windows before a run that the overlap and the maximum have room for. */
function firstWithOverlap(windows: readonly Window[], run: WindowRun, options: ChunkingOptions): number {
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
