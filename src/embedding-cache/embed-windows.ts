import { meanDirection } from '../common/vector';
import type { TenantEmbeddings } from './tenant-embeddings';

/**
 * Vectors of texts that are longer than a model reads.
 * @param texts each as its windows, at least one
 * @returns of each the direction of its windows' vectors, L2-normalised
 * @throws AppError `EMBEDDING_UNAVAILABLE`; the signal's reason
 */
export async function embedWindows(
  cache: Pick<TenantEmbeddings, 'embedAll'>,
  texts: readonly (readonly string[])[],
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const vectors = await cache.embedAll(texts.flat(), { signal });
  let next = 0;
  return texts.map(({ length }) => meanDirection(vectors.slice(next, (next += length))));
}
