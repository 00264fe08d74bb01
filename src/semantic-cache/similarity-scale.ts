/** How far above the background a question must be to be looked at: nothing below was ever the same question. */
const LEAST_RELATIVE = 0.5;

/**
 * What cosine similarities mean in one embedding space. Models place unrelated texts anywhere from 0 to 0.8, so a raw
 * similarity says nothing; relative to the background the same questions are equally alike in every space.
 */
export class SimilarityScale {
  /** Least cosine similarity, -1 to 1, of a candidate. */
  readonly minSimilarity: number;

  /**
   * @param background mean cosine similarity of unrelated questions, -1 to below 1
   * @param threshold least cosine similarity that an operator allows; null for none
   */
  constructor(
    private readonly background: number,
    threshold: number | null = null,
  ) {
    this.minSimilarity = Math.max(background + LEAST_RELATIVE * (1 - background), threshold ?? -1);
  }

  /** 0 for the background, 1 for equal vectors; below 0 for less than the background. */
  relative(cosineSimilarity: number): number {
    return (cosineSimilarity - this.background) / (1 - this.background);
  }
}

/** Mean cosine similarity of all pairs. @param vectors L2-normalised, at least two */
export function backgroundOf(vectors: readonly Float32Array[]): number {
  // The sum over all pairs is that of the squared sum vector, less the vectors with themselves.
  const sum = new Float64Array(vectors[0].length);
  for (const vector of vectors) vector.forEach((x, i) => (sum[i] += x));
  const squared = sum.reduce((total, x) => total + x * x, 0);
  return (squared - vectors.length) / (vectors.length * (vectors.length - 1));
}
