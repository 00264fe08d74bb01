/** What published caches use; right for no model, too high for weak ones. */
const USUAL_THRESHOLD = 0.92;

/**
 * Models whose similarities sit elsewhere, for the verifier to sort out what is above. The local model gives true
 * paraphrases 0.70 to 0.97, and no threshold on it alone is precise; curve in docs/verifier.md.
 */
const MEASURED_THRESHOLDS: ReadonlyMap<string, number> = new Map([
  ['use-lite', 0.7],
  ['use-lite-int8-v2', 0.7],
]);

/**
 * Cosine similarity (0 to 1) below which two questions are never taken for the same, for the verifier to decide above.
 * @param model name of the embedding model
 */
export function defaultSimilarityThreshold(model: string): number {
  return MEASURED_THRESHOLDS.get(model) ?? USUAL_THRESHOLD;
}
