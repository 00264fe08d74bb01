import { chooseBoundaries, reasonOfCut, type WindowRun } from './boundary-chooser';
import type { Boundary, Chunk, Chunker, ChunkingOptions, CutReason } from './chunk';
import { budgetWithoutOverlap, buildChunks } from './chunk-builder';
import { type DriftCurve, measureDrift } from './drift';
import { planWindows, type Window } from './window-planner';

/** Sentences are joined to windows of this many tokens; from 8 to 40, only the number of vectors changes. */
const WINDOW_MIN_TOKENS = 24;
/** Windows per call of `embed`, which bounds the memory for vectors of a long text. */
const MAX_WINDOWS_AT_ONCE = 4096;
/** Windows of the previous batch that are kept for the overlap. */
const LOOKBACK_WINDOWS = 1024;

/**
 * Cuts a text where its meaning drifts. Structure comes first (sections, blocks, sentences), each window of
 * sentences is embedded once, and the boundaries are chosen together: chunks of an even size whose ends lie
 * in valleys of similarity.
 *
 * @throws whatever `embed` throws
 */
export const chunkByDrift: Chunker = async function* (text, options, embed) {
  const boundaryOptions = { ...options, maxTokens: budgetWithoutOverlap(options) };
  let ordinal = 0;

  /** Cuts `windows.slice(from, to)`; the windows before `from` belong to earlier chunks. */
  const cut = async (windows: readonly Window[], from: number, to: number): Promise<Chunk[]> => {
    const batch = windows.slice(from, to);
    const curve = batch.length > 1 ? measureDrift(await embed(batch)) : null;
    const runs = chooseBoundaries(batch, curve?.drift ?? null, boundaryOptions);
    if (options.onBoundary) {
      reportBoundaries(batch, ordinal === 0 ? 1 : 0, curve, runs, boundaryOptions, options.onBoundary);
    }
    const placed = runs.map(({ first, last }) => ({ first: first + from, last: last + from }));
    const chunks = buildChunks(text, windows, placed, options, ordinal);
    ordinal += chunks.length;
    return chunks;
  };

  const windows: Window[] = [];
  let from = 0;
  for (const window of planWindows(text, windowOptions(options))) {
    windows.push(window);
    if (windows.length - from <= MAX_WINDOWS_AT_ONCE) continue;
    const to = endOfBatch(windows);
    yield* await cut(windows, from, to);
    const passed = Math.max(0, to - LOOKBACK_WINDOWS);
    windows.splice(0, passed);
    from = to - passed;
  }
  if (from < windows.length) yield* await cut(windows, from, windows.length);
};

function windowOptions({ windowMaxTokens, maxTokens, countTokens }: ChunkingOptions) {
  return { maxTokens: Math.min(windowMaxTokens, maxTokens), minTokens: WINDOW_MIN_TOKENS, countTokens };
}

/** Index of the last window in the last quarter that begins a section, else a block; else of the last one. */
function endOfBatch(windows: readonly Window[]): number {
  const last = windows.length - 1;
  for (const kind of ['section', 'block']) {
    for (let i = last; i > last - MAX_WINDOWS_AT_ONCE / 4; i--) if (windows[i].cut === kind) return i;
  }
  return last;
}

/** @param first index of the first window that has text before it */
function reportBoundaries(
  windows: readonly Window[],
  first: number,
  curve: DriftCurve | null,
  runs: readonly WindowRun[],
  options: ChunkingOptions,
  report: (boundary: Boundary) => void,
): void {
  const drift = curve?.drift ?? null;
  const runAt = new Map(runs.map((run, place) => [run.first, place]));
  const reasonAt = (i: number): CutReason | null => {
    const place = runAt.get(i);
    if (place === undefined) return null;
    // The end of a batch, which is a cut in any case.
    return place === 0 ? 'size' : reasonOfCut(windows, drift, runs[place - 1], runs[place], options);
  };
  for (let i = first; i < windows.length; i++) {
    const { start, cut } = windows[i];
    const compared = curve !== null && i > 0;
    report({
      offset: start,
      parts: cut,
      similarity: compared ? curve.similarity[i] : null,
      drift: compared ? curve.drift[i] : null,
      reason: reasonAt(i),
    });
  }
}
