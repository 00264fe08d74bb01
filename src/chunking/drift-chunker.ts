import { chooseBoundaries } from './boundary-chooser';
import type { Chunk, Chunker, ChunkingOptions } from './chunk';
import { buildChunks } from './chunk-builder';
import { planWindows, type Window } from './window-planner';

/** Sentences are joined to windows of this many tokens; from 8 to 40, only the number of vectors changes. */
export const WINDOW_MIN_TOKENS = 24;
/** Windows per call of `embed`: bounds the memory that the vectors of a long text take. */
const MAX_WINDOWS_AT_ONCE = 4096;
/** Windows kept from the batch before, for the overlap. */
const LOOKBACK_WINDOWS = 1024;

/**
 * Cuts a text where its meaning drifts. Structure comes first (sections, blocks, sentences), each window of
 * sentences is embedded once, and the boundaries are chosen together: chunks of an even size whose ends lie
 * in valleys of similarity.
 *
 * @throws whatever `embed` throws
 */
export const chunkByDrift: Chunker = async (text, options, embed) => {
  const chunks: Chunk[] = [];
  const boundaryOptions = { ...options, maxTokens: budgetWithoutOverlap(options) };

  /** Cuts `windows.slice(from, to)`; the windows before `from` belong to earlier chunks. */
  const cut = async (windows: readonly Window[], from: number, to: number) => {
    const batch = windows.slice(from, to);
    const vectors =
      batch.length > 1 ? await embed(batch.map(({ start, end }) => text.slice(start, end))) : [];
    const runs = chooseBoundaries(batch, vectors, boundaryOptions).map(({ first, last }) => ({
      first: first + from,
      last: last + from,
    }));
    for (const chunk of buildChunks(text, windows, runs, options, chunks.length)) chunks.push(chunk);
  };

  const windows: Window[] = [];
  let from = 0;
  for (const window of planWindows(text, windowOptions(options))) {
    windows.push(window);
    if (windows.length - from <= MAX_WINDOWS_AT_ONCE) continue;
    const to = endOfBatch(windows);
    await cut(windows, from, to);
    const passed = Math.max(0, to - LOOKBACK_WINDOWS);
    windows.splice(0, passed);
    from = to - passed;
  }
  if (from < windows.length) await cut(windows, from, windows.length);
  return chunks;
};

/** How windows are planned for the drift chunker. */
export function windowOptions({ windowMaxTokens, maxTokens, countTokens }: ChunkingOptions) {
  return { maxTokens: Math.min(windowMaxTokens, maxTokens), minTokens: WINDOW_MIN_TOKENS, countTokens };
}

/** Overlap is part of a chunk's maximum, so the runs between overlaps get the rest of it, at least half. */
function budgetWithoutOverlap({ maxTokens, overlapTokens }: ChunkingOptions): number {
  return Math.max(Math.ceil(maxTokens / 2), maxTokens - overlapTokens);
}

/** Where the last section, else block, begins in the last quarter of the windows; else their last one. */
function endOfBatch(windows: readonly Window[]): number {
  const last = windows.length - 1;
  for (const kind of ['section', 'block']) {
    for (let i = last; i > last - MAX_WINDOWS_AT_ONCE / 4; i--) if (windows[i].cut === kind) return i;
  }
  return last;
}
