import { dotProduct } from '../common/vector';

export interface DiversityOptions {
  /** 1 ranks by relevance alone, 0 by difference from what is chosen already. */
  lambda: number;
  /** How many are chosen at most. */
  limit: number;
}

/**
 * Maximal marginal relevance: chooses one after the other what is relevant and unlike all that is chosen, by
 * λ · relevance − (1 − λ) · greatest cosine similarity to a chosen one. Relevance is the score on a scale from 0 for the
 * worst of the ranking to 1 for the best.
 * @param ranking by falling score
 * @param vectors L2-normalised, of one length, by chunk id; what has none counts as unlike everything
 * @returns what is chosen, in the order of choice; the first is the best of the ranking, unless λ is 0
 * @see Carbonell, Goldstein: The Use of MMR, Diversity-Based Reranking (SIGIR 1998)
 */
export function diversify<T extends { chunkId: string; score: number }>(
  ranking: readonly T[],
  vectors: ReadonlyMap<string, Float32Array>,
  { lambda, limit }: DiversityOptions,
): T[] {
  const scores = ranking.map(({ score }) => score);
  const worst = Math.min(...scores);
  const range = Math.max(...scores) - worst;
  const open = ranking.map((item) => ({
    item,
    vector: vectors.get(item.chunkId),
    relevance: range > 0 ? (item.score - worst) / range : 1,
    likeness: 0,
  }));
  const chosen: T[] = [];
  while (chosen.length < limit && open.length > 0) {
    let [best, bestValue] = [0, -Infinity];
    open.forEach(({ relevance, likeness }, i) => {
      const value = lambda * relevance - (1 - lambda) * likeness;
      if (value > bestValue) [best, bestValue] = [i, value];
    });
    const [{ item, vector }] = open.splice(best, 1);
    chosen.push(item);
    if (!vector) continue;
    for (const candidate of open)
      if (candidate.vector)
        candidate.likeness = Math.max(candidate.likeness, dotProduct(vector, candidate.vector));
  }
  return chosen;
}
