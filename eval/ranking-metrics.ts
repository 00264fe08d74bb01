/** Gains by document id; a document that is not named has none. */
export type RelevanceGains = Readonly<Record<string, number>>;

/**
 * Normalised discounted cumulative gain, 0 to 1, with linear gains and the discount log2(rank + 1).
 * @param ranking different document ids, best first
 * @see Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, 2002; as trec_eval's ndcg_cut
 */
export function ndcgAt(k: number, ranking: readonly string[], gains: RelevanceGains): number {
  const ideal = Object.values(gains)
    .filter((gain) => gain > 0)
    .sort((a, b) => b - a);
  const best = discountedGain(ideal.slice(0, k));
  return best === 0 ? 0 : discountedGain(ranking.slice(0, k).map((id) => gains[id] ?? 0)) / best;
}

/** Share (0 to 1) of the relevant documents among the first k. */
export function recallAt(k: number, ranking: readonly string[], gains: RelevanceGains): number {
  const relevant = Object.values(gains).filter((gain) => gain > 0).length;
  const found = ranking.slice(0, k).filter((id) => (gains[id] ?? 0) > 0).length;
  return relevant === 0 ? 0 : found / relevant;
}

/** 1 / rank of the first relevant document; 0 if the ranking holds none. */
export function reciprocalRank(ranking: readonly string[], gains: RelevanceGains): number {
  const rank = ranking.findIndex((id) => (gains[id] ?? 0) > 0) + 1;
  return rank === 0 ? 0 : 1 / rank;
}

/** Arithmetic mean; 0 of nothing. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function discountedGain(gains: readonly number[]): number {
  return gains.reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
}
