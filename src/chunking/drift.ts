import { dotProduct, meanDirection } from '../common/vector';

/** Windows on each side that are compared across a boundary (TextTiling's block size). */
const CONTEXT_WINDOWS = 2;
/** Boundaries on each side that a boundary is judged against. */
const NEIGHBOURHOOD = 8;
/** Similarities of a flat neighbourhood differ by this much; keeps the z-score finite and small there. */
const MIN_DEVIATION = 0.05;

/** How the meaning of a text drifts, boundary by boundary; index `i` is the boundary before window `i`. */
export interface DriftCurve {
  /** Cosine similarity of the windows before and after, -1 to 1; 1 at index 0. */
  similarity: Float32Array;
  /**
   * Depth of the similarity's valley in standard deviations of its neighbourhood: 0 on a peak or a slope's
   * top, about 1 for an ordinary dip, above 2 for a change of subject.
   */
  depth: Float32Array;
}

/**
 * Measures drift as a local statistic: what counts is how deep a valley is compared with the boundaries
 * around it, so one threshold serves texts and models whose similarities sit at different heights.
 *
 * @param vectors one L2-normalised vector per window
 * @see Hearst, "TextTiling: Segmenting Text into Multi-paragraph Subtopic Passages", 1997 (depth scores)
 */
export function measureDrift(vectors: readonly Float32Array[]): DriftCurve {
  const count = vectors.length;
  const similarity = new Float32Array(count).fill(1);
  for (let i = 1; i < count; i++) {
    const before = meanDirection(vectors.slice(Math.max(0, i - CONTEXT_WINDOWS), i));
    const after = meanDirection(vectors.slice(i, i + CONTEXT_WINDOWS));
    similarity[i] = dotProduct(before, after);
  }
  const depth = new Float32Array(count);
  for (let i = 1; i < count; i++) {
    const from = Math.max(1, i - NEIGHBOURHOOD);
    const to = Math.min(count - 1, i + NEIGHBOURHOOD);
    depth[i] = valleyDepth(similarity, i, from, to) / (2 * deviation(similarity, from, to));
  }
  return { similarity, depth };
}

/** Sum of the climbs to the nearest peak on either side, within `[from, to]`. */
function valleyDepth(similarity: Float32Array, at: number, from: number, to: number): number {
  let left = similarity[at];
  for (let i = at - 1; i >= from && similarity[i] >= left; i--) left = similarity[i];
  let right = similarity[at];
  for (let i = at + 1; i <= to && similarity[i] >= right; i++) right = similarity[i];
  return left - similarity[at] + (right - similarity[at]);
}

function deviation(values: Float32Array, from: number, to: number): number {
  let sum = 0;
  let squares = 0;
  for (let i = from; i <= to; i++) {
    sum += values[i];
    squares += values[i] * values[i];
  }
  const n = to - from + 1;
  return Math.max(MIN_DEVIATION, Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2)));
}
