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
 * Cosine similarity of the mean of the two windows before each boundary with the mean of the two after it: steadier
 * than that of single windows. Made from the dot products of windows up to three apart, without the means.
 */
function similarityAcross(vectors: readonly Float32Array[]): Float32Array {
  const { near, middle, far } = dotsWithNext(vectors);
  const similarity = new Float32Array(vectors.length).fill(1);
  for (let i = 1; i < vectors.length; i++) {
    const hasTwoBefore = i > 1;
    const hasTwoAfter = i + 1 < vectors.length;
    let dots = near[i - 1];
    if (hasTwoBefore) dots += middle[i - 2];
    if (hasTwoAfter) dots += middle[i - 1];
    if (hasTwoBefore && hasTwoAfter) dots += far[i - 2];
    const before = hasTwoBefore ? 2 + 2 * near[i - 2] : 1;
    const after = hasTwoAfter ? 2 + 2 * near[i] : 1;
    // Antipodal windows have no mean; the nearest ones decide then.
    const norm = Math.sqrt(Math.max(0, before) * Math.max(0, after));
    similarity[i] = norm > 1e-6 ? Math.max(-1, Math.min(1, dots / norm)) : near[i - 1];
  }
  return similarity;
}

/**
 * Dot products of each vector with the next three, in one pass: most of the time that drift takes.
 * @returns index `i` is of vectors `i` and `i + 1`, `i + 2`, `i + 3`; 0 where there is none
 */
function dotsWithNext(vectors: readonly Float32Array[]) {
  const count = vectors.length;
  const [near, middle, far] = [1, 2, 3].map(() => new Float32Array(count));
  const none = new Float32Array(vectors[0]?.length ?? 0);
  for (let i = 0; i + 1 < count; i++) {
    const [vector, first, second = none, third = none] = vectors.slice(i, i + 4);
    let [a, b, c] = [0, 0, 0];
    for (let k = 0; k < vector.length; k++) {
      a += vector[k] * first[k];
      b += vector[k] * second[k];
      c += vector[k] * third[k];
    }
    near[i] = a;
    middle[i] = b;
    far[i] = c;
  }
  return { near, middle, far };
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
