import { measureDrift } from './drift';
import type { CutKind, Window } from './window-planner';

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
  /** Valley depth, in standard deviations, from which drift speaks for a cut; below, it speaks against. */
  driftThreshold: number;
}

/** What a cut costs by what it parts, in units of a half-empty chunk. */
const CUT_COST: Record<CutKind, number> = {
  section: -0.3,
  block: 0,
  line: 0.1,
  sentence: 0.25,
  row: 0.6,
  word: 1,
};
/** Weight of a standard deviation of drift above or below the threshold. */
const DRIFT_WEIGHT = 0.1;
/** Drift beyond this many standard deviations from the threshold adds nothing. */
const DRIFT_LIMIT = 2;
/** Above all that cuts could gain, so that a run stays below the minimum only if it cannot grow. */
const TOO_SMALL = 100;

/**
 * Chooses all boundaries of a text together: the division of its windows into runs with the least total cost,
 * by dynamic programming. A run costs by the square of the token budget that it leaves unused; a cut costs by
 * what it parts ({@link CutKind}) and gains by the depth of the drift there. Time is linear in the number of windows.
 *
 * @param vectors one L2-normalised vector per window, or none to choose by structure alone
 * @returns runs in order that together hold every window
 */
export function chooseBoundaries(
  windows: readonly Window[],
  vectors: readonly Float32Array[],
  options: BoundaryOptions,
): WindowRun[] {
  const { maxTokens, minTokens } = options;
  const count = windows.length;
  const cutCosts = costsOfCuts(windows, vectors, options.driftThreshold);
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

function costOfSize(tokens: number, minTokens: number, maxTokens: number): number {
  const unused = Math.max(0, 1 - tokens / maxTokens);
  // A square of the unused half: 1 for a half-empty run.
  const cost = 4 * unused * unused;
  return tokens < minTokens ? cost + TOO_SMALL * (2 - tokens / minTokens) : cost;
}

function costsOfCuts(
  windows: readonly Window[],
  vectors: readonly Float32Array[],
  driftThreshold: number,
): Float64Array {
  const depth = vectors.length > 0 ? measureDrift(vectors).depth : null;
  const costs = new Float64Array(windows.length);
  for (let i = 1; i < windows.length; i++) {
    const drift = depth === null ? 0 : depth[i] - driftThreshold;
    costs[i] = CUT_COST[windows[i].cut] - DRIFT_WEIGHT * Math.max(-DRIFT_LIMIT, Math.min(DRIFT_LIMIT, drift));
  }
  return costs;
}
