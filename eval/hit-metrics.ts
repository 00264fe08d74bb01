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

/** The best candidate for one question: how sure the cache is of it, and whether its answer is right. */
export interface ScoredCandidate {
  score: number;
  same: boolean;
}

/**
 * Area under precision as a function of the cache hit ratio (P-CHR AUC), 0 to 1: the candidates are served from the surest
 * on, and after each step stands how many of all questions were served, and which share of those rightly. What no
 * candidate can serve adds nothing. Equal scores are served together.
 * @param asked questions in all, also those without a candidate
 * @see https://arxiv.org/abs/2606.19719 which names the metric; the trapezoid rule is ours
 */
export function precisionHitRatioArea(candidates: readonly ScoredCandidate[], asked: number): number | null {
  if (asked === 0) return null;
  const sorted = [...candidates].sort((a, b) => b.score - a.score);
  let [area, right, served] = [0, 0, 0];
  let last: { ratio: number; precision: number } | null = null;
  sorted.forEach(({ score, same }, i) => {
    served++;
    if (same) right++;
    if (sorted[i + 1]?.score === score) return;
    const point = { ratio: served / asked, precision: right / served };
    const { ratio, precision } = last ?? { ratio: 0, precision: point.precision };
    area += ((point.ratio - ratio) * (point.precision + precision)) / 2;
    last = point;
  });
  return area;
}
