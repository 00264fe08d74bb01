/** What published caches use; right for no model, too high for weak ones. */
const USUAL_THRESHOLD = 0.92;

/**
 * Models whose similarities sit elsewhere. The local model gives true paraphrases 0.80 to 0.93; below its
 * threshold too few are true for the verifier to sort out.
 */
const MEASURED_THRESHOLDS: ReadonlyMap<string, number> = new Map([
  ['use-lite', 0.8],
  ['use-lite-int8', 0.8],
]);

/**
 * Cosine similarity (0 to 1) below which two questions are never taken for the same, for the verifier to decide above.
 * @param model name of the embedding model
 */
export function defaultSimilarityThreshold(model: string): number {
  return MEASURED_THRESHOLDS.get(model) ?? USUAL_THRESHOLD;
}
