import type { CutKind, CutReason } from './chunk';
import type { Window } from './window-planner';

/** A chunk as a run of whole windows: `windows.slice(first, last + 1)`. */
export interface WindowRun {
  first: number;
  last: number;
}

export interface BoundaryOptions {
  /** No run exceeds this many tokens, unless a single window does. */
  maxTokens: number;
  /** Runs below this are joined with a neighbour where the maximum allows. */
  minTokens: number;
  /** Drift, in standard deviations, from which it speaks for a cut; below, it speaks against one. */
  driftThreshold: number;
}

/**
 * The cost of a cut by what it separates, in units of the cost of a full chunk (see {@link costOfSize}). From 0.5 on,
 * text that fits a chunk is never cut there. With ordinary drift, text without structure is cut to about half the
 * maximum, and paragraphs of up to 0.7 of it stay whole and separate unless they are very short.
 */
const CUT_COST: Record<CutKind, number> = {
  section: 0,
  block: 0.035,
  item: 0.5,
  sentence: 0.2,
  row: 0.5,
  word: 2,
};
/** Cuts whose cost depends on drift; lists, code and tables are kept whole whatever their content. */
const MOVED_BY_DRIFT: ReadonlySet<CutKind> = new Set(['block', 'sentence']);
/** A valley this many standard deviations deeper than the threshold makes a cut free. */
const DRIFT_SCALE = 2;
/** More than any cut could save, so that a run stays below the minimum only if it cannot grow. */
const TOO_SMALL = 100;

/**
 * Chooses all boundaries of a text together: the division of its windows into runs with the least total cost,
 * by dynamic programming. A run costs by the square of its size; a cut by what it separates ({@link CutKind}),
 * less in a valley of similarity and more where the subject continues. Costs depend on a boundary's neighbourhood
 * only and differ from boundary to boundary, so after an edit the boundaries return to their old places, in real text
 * within one to five runs. Time is linear in the number of windows.
 *
 * @param drift of the boundary before each window (see `measureDrift`), or null to choose by structure alone
 * @returns runs in order that together hold every window
 */
export function chooseBoundaries(
  windows: readonly Window[],
  drift: Float32Array | null,
  options: BoundaryOptions,
): WindowRun[] {
  const { maxTokens, minTokens } = options;
  const count = windows.length;
  const cutCosts = costsOfCuts(windows, drift, options.driftThreshold);
  /** Least cost of dividing the windows before index i. */
  const best = new Float64Array(count + 1).fill(Infinity);
  const firstOfLastRun = new Int32Array(count + 1);
  best[0] = 0;
  for (let end = 1; end <= count; end++) {
    let tokens = 0;
    for (let first = end - 1; first >= 0; first--) {
      tokens += windows[first].tokens + (first < end - 1 ? windows[first].gapTokens : 0);
      if (tokens > maxTokens && first < end - 1) break;
      const cost = best[first] + cutCosts[first] + costOfSize(tokens, minTokens, maxTokens);
      if (cost < best[end]) {
        best[end] = cost;
        firstOfLastRun[end] = first;
      }
    }
  }
  const runs: WindowRun[] = [];
  for (let end = count; end > 0; end = firstOfLastRun[end])
    runs.push({ first: firstOfLastRun[end], last: end - 1 });
  return runs.reverse();
}

/** 1 for a full run. The square makes two halves cheaper than a whole and an eighth, so sizes even out. */
function costOfSize(tokens: number, minTokens: number, maxTokens: number): number {
  const cost = (tokens / maxTokens) ** 2;
  return tokens < minTokens ? cost + TOO_SMALL * (2 - tokens / minTokens) : cost;
}

function costsOfCuts(
  windows: readonly Window[],
  drift: Float32Array | null,
  driftThreshold: number,
): Float64Array {
  return Float64Array.from(windows, ({ cut }, i) => {
    if (i === 0) return 0;
    if (drift === null || !MOVED_BY_DRIFT.has(cut)) return CUT_COST[cut];
    const factor = Math.max(0, Math.min(2, 1 + (driftThreshold - drift[i]) / DRIFT_SCALE));
    // A vector of NaN must not make all costs incomparable.
    return CUT_COST[cut] * (Number.isNaN(factor) ? 1 : factor);
  });
}

/**
 * The main reason why one run ends and the next begins. All boundaries are chosen together, so this is the strongest argument
 * for this one, not all that was weighed.
 * @param drift as in {@link chooseBoundaries}
 */
export function reasonOfCut(
  windows: readonly Window[],
  drift: Float32Array | null,
  before: WindowRun,
  after: WindowRun,
  { maxTokens, driftThreshold }: BoundaryOptions,
): CutReason {
  const { cut } = windows[after.first];
  if (cut === 'section') return 'section';
  if (drift !== null && MOVED_BY_DRIFT.has(cut) && drift[after.first] > driftThreshold) return 'drift';
  if (tokensOf(windows, before.first, after.last) > maxTokens) return 'size';
  return cut === 'block' ? 'paragraph' : 'evenness';
}

function tokensOf(windows: readonly Window[], first: number, last: number): number {
  let tokens = windows[last].tokens;
  for (let i = first; i < last; i++) tokens += windows[i].tokens + windows[i].gapTokens;
  return tokens;
}
