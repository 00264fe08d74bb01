/** How well decisions to serve a cached answer fit what is true. Null where there is nothing to divide by. */
export interface HitMetrics {
  /** Share of the hits that were right. */
  precision: number | null;
  /** Share of the pairs that ask the same that were hits. */
  recall: number | null;
  /** Share of the pairs that ask different things that were hits. */
  falseHitRate: number | null;
}

/** One pair: what is true, and what was decided. */
export interface HitDecision {
  same: boolean;
  hit: boolean;
}

/** Precision, recall and false-hit rate of decisions. */
export function hitMetrics(decisions: readonly HitDecision[]): HitMetrics {
  const count = (same: boolean, hit: boolean) =>
    decisions.filter((decision) => decision.same === same && decision.hit === hit).length;
  const [trueHits, falseHits] = [count(true, true), count(false, true)];
  return {
    precision: share(trueHits, trueHits + falseHits),
    recall: share(trueHits, trueHits + count(true, false)),
    falseHitRate: share(falseHits, falseHits + count(false, false)),
  };
}

/** part / whole, or null of nothing. */
export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
