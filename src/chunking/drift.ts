import { dotProduct } from '../common/vector';

/** Boundaries on each side that a boundary is judged against. */
const NEIGHBOURHOOD = 8;
/** Similarities of a flat neighbourhood differ by this much; keeps the z-score finite and small there. */
const MIN_DEVIATION = 0.05;

/** How the meaning of a text drifts, boundary by boundary; index `i` is the boundary before window `i`. */
export interface DriftCurve {
  /** Cosine similarity of the windows before and after, -1 to 1; 1 at index 0. */
  similarity: Float32Array;
  /**
   * How far the similarity lies below that of the boundaries around it, in their standard deviations: 0 at
   * index 0 and for an ordinary boundary, negative where the text flows on, above 1 where the subject changes.
   */
  drift: Float32Array;
}

/**
 * Measures drift as a local statistic: what counts is how far the similarity falls compared with the boundaries
 * around it, so one threshold serves texts and models whose similarities sit at different heights.
 *
 * @param vectors one L2-normalised vector per window
 * @see Hearst, "TextTiling: Segmenting Text into Multi-paragraph Subtopic Passages", 1997 (similarity of blocks)
 */
export function measureDrift(vectors: readonly Float32Array[]): DriftCurve {
  const similarity = similarityAcross(vectors);
  const count = vectors.length;
  const drift = new Float32Array(count);
  for (let i = 1; i < count; i++) {
    const around = similarity.subarray(Math.max(1, i - NEIGHBOURHOOD), i + NEIGHBOURHOOD + 1);
    const { mean, deviation } = meanAndDeviation(around);
    drift[i] = (mean - similarity[i]) / Math.max(MIN_DEVIATION, deviation);
  }
  return { similarity, drift };
}

/**
 * Cosine similarity of the two windows before each boundary with the two after it, each pair as its sum: steadier than that
 * of single windows.
 */
function similarityAcross(vectors: readonly Float32Array[]): Float32Array {
  const similarity = new Float32Array(vectors.length).fill(1);
  for (let i = 1; i < vectors.length; i++) {
    const before = sumOf(vectors[i - 1], vectors[i - 2]);
    const after = sumOf(vectors[i], vectors[i + 1]);
    const norm = Math.sqrt(dotProduct(before, before) * dotProduct(after, after));
    // Antipodal windows add up to nothing; then the nearest two decide.
    similarity[i] =
      norm > 1e-6
        ? Math.max(-1, Math.min(1, dotProduct(before, after) / norm))
        : dotProduct(vectors[i - 1], vectors[i]);
  }
  return similarity;
}

function sumOf(vector: Float32Array, other: Float32Array | undefined): Float32Array {
  return other === undefined ? vector : vector.map((value, k) => value + other[k]);
}

function meanAndDeviation(values: Float32Array): { mean: number; deviation: number } {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / values.length - mean * mean)) };
}
