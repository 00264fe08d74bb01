import type { EmbeddingModel } from '../src/models/embedding-model';

/**
 * Embeds each different text once.
 * @returns vector by text, L2-normalised
 */
export async function embedTexts(
  model: EmbeddingModel,
  texts: readonly string[],
  progress: (line: string) => void,
): Promise<Map<string, Float32Array>> {
  const different = [...new Set(texts)];
  const vectors = new Map<string, Float32Array>();
  let toldAtMs = performance.now();
  for (let i = 0; i < different.length; i += model.maxBatchSize) {
    const batch = different.slice(i, i + model.maxBatchSize);
    const embedded = await model.embed(batch);
    batch.forEach((text, j) => vectors.set(text, embedded[j]));
    if (performance.now() - toldAtMs < 5000 && vectors.size < different.length) continue;
    toldAtMs = performance.now();
    progress(`embedded ${vectors.size} of ${different.length} questions`);
  }
  return vectors;
}
