/** One chunk as one arm of the search ranked it. */
export interface ArmHit {
  chunkId: string;
  /** Vector arm: cosine similarity in [-1, 1]. Text arm: BM25, at least 0. */
  score: number;
}

/** One chunk of the fused ranking, with the parts of its score. */
export interface FusedHit {
  chunkId: string;
  /** In [0, 1], higher is better; comparable within one query only. */
  score: number;
  /** Cosine similarity in [-1, 1], or null where the vector arm did not return the chunk. */
  vectorScore: number | null;
  /** BM25, or null where the text arm did not return the chunk. */
  textScore: number | null;
  /** Share of the vector arm in the score, in [0, 1]; the text arm has the rest. */
  vectorWeight: number;
}

/** How similar the question is to chunks that have nothing to do with it: cosine similarities to random chunks. */
export interface SimilarityBackground {
  mean: number;
  /** Above 0. */
  standardDeviation: number;
}

export interface TrustFusionOptions {
  /** Measured on a sample of the space's chunks; estimated from the tail of the vector hits if absent. */
  background?: SimilarityBackground;
}

/** How steeply trust in the vectors grows with the agreement of the arms; fitted on fourteen public sets. */
const TRUST_SLOPE = 0.08;
/** The vector arm never weighs more than this many times the text arm. */
const MAX_WEIGHT_RATIO = 1.5;
/** Sharpens the text arm's scores into a distribution over its hits: the first few hits count. */
const AGREEMENT_SHARPNESS = 8;
/** A chunk that the text arm left out is taken to score just below the last one that it returned. */
const UNRETURNED_TEXT_SHARE = 0.8;
/** z-score of the last vector hit where nothing is known of the background: the top 1 % of a normal distribution. */
const ASSUMED_TAIL_Z = 2.3;

/**
 * Fuses both arms by a weighted sum whose weight is set per query by how far the vectors can be trusted.
 *
 * Trust is measured without labels: the chunks that the text arm ranks first are probably relevant, so their
 * similarity, in standard deviations above that of random chunks, says how well this space separates relevant
 * from irrelevant chunks for this question (mean shift *m*). If relevant and random chunks were two normal
 * distributions *m* apart, the odds by which a similarity counts grow with *m*², and so does the weight. Vectors
 * that are noise give *m* = 0 and the text arm's ranking.
 * @param vectorHits sorted descending, no duplicates; may carry scores of text hits beyond its own limit
 * @param textHits sorted descending, no duplicates; likewise
 * @returns the union of both, sorted by fused score descending, then chunk id
 */
export function fuseByTrust(
  vectorHits: readonly ArmHit[],
  textHits: readonly ArmHit[],
  options: TrustFusionOptions = {},
): FusedHit[] {
  const maxText = textHits.length > 0 ? textHits[0].score : 0;
  if (vectorHits.length === 0 || !(maxText > 0)) return fuse(vectorHits, textHits, maxText > 0 ? 0 : 1, {});

  const { mean, standardDeviation } = options.background ?? tailBackground(vectorHits);
  const topSimilarity = vectorHits[0].score;
  const lastSimilarity = vectorHits[vectorHits.length - 1].score;
  const similarities = new Map(vectorHits.map((hit) => [hit.chunkId, hit.score]));

  let weightSum = 0;
  let shift = 0;
  for (const hit of textHits) {
    const weight = (hit.score / maxText) ** AGREEMENT_SHARPNESS;
    const similarity = similarities.get(hit.chunkId) ?? lastSimilarity;
    weightSum += weight;
    shift += (weight * (similarity - mean)) / standardDeviation;
  }
  const meanShift = Math.max(0, shift / weightSum);
  const weightRatio = topSimilarity > mean ? Math.min(MAX_WEIGHT_RATIO, TRUST_SLOPE * meanShift ** 2) : 0;

  return fuse(vectorHits, textHits, weightRatio / (1 + weightRatio), { zeroSimilarity: mean });
}

/**
 * Reciprocal rank fusion with equal weights: robust where nothing is known of the arms, but it lets a weak arm
 * pull a strong one down.
 * @param rankConstant dampens the first ranks; 60 in the paper
 * @returns the union of both lists, sorted by fused score descending, then chunk id; scores in [0, 1], 1 for a
 *   chunk that both arms rank first
 * @see Cormack, Clarke, Büttcher: Reciprocal Rank Fusion outperforms Condorcet (SIGIR 2009)
 */
export function fuseByReciprocalRank(
  vectorHits: readonly ArmHit[],
  textHits: readonly ArmHit[],
  rankConstant = 60,
): FusedHit[] {
  const best = 2 / (rankConstant + 1);
  const fused = emptyUnion(vectorHits, textHits, 0.5);
  for (const hits of [vectorHits, textHits]) {
    hits.forEach(({ chunkId }, rank) => {
      fused.get(chunkId)!.score += 1 / (rankConstant + rank + 1) / best;
    });
  }
  return ranked(fused);
}

function fuse(
  vectorHits: readonly ArmHit[],
  textHits: readonly ArmHit[],
  vectorWeight: number,
  { zeroSimilarity }: { zeroSimilarity?: number },
): FusedHit[] {
  const maxText = textHits[0]?.score ?? 0;
  const missingText = (textHits[textHits.length - 1]?.score ?? 0) * UNRETURNED_TEXT_SHARE;
  const lastSimilarity = vectorHits[vectorHits.length - 1]?.score ?? 0;
  const zero = zeroSimilarity ?? Math.min(0, lastSimilarity);
  const range = (vectorHits[0]?.score ?? 0) - zero;

  const fused = emptyUnion(vectorHits, textHits, vectorWeight);
  for (const hit of fused.values()) {
    const similarity = hit.vectorScore ?? lastSimilarity;
    const vectorPart = range > 0 ? clampToUnit((similarity - zero) / range) : 0;
    const textPart = maxText > 0 ? clampToUnit((hit.textScore ?? missingText) / maxText) : 0;
    hit.score = vectorWeight * vectorPart + (1 - vectorWeight) * textPart;
  }
  return ranked(fused);
}

/** The mean excess of a normal tail over its threshold *u* is about σ / z(u): that gives σ, and the mean below *u*. */
function tailBackground(vectorHits: readonly ArmHit[]): SimilarityBackground {
  const threshold = vectorHits[vectorHits.length - 1].score;
  const excess = vectorHits.reduce((sum, hit) => sum + hit.score - threshold, 0) / vectorHits.length;
  const standardDeviation = Math.max(excess * ASSUMED_TAIL_Z, 1e-6);
  return { mean: threshold - standardDeviation * ASSUMED_TAIL_Z, standardDeviation };
}

function emptyUnion(
  vectorHits: readonly ArmHit[],
  textHits: readonly ArmHit[],
  vectorWeight: number,
): Map<string, FusedHit> {
  const union = new Map<string, FusedHit>();
  for (const { chunkId, score } of vectorHits) {
    union.set(chunkId, { chunkId, score: 0, vectorScore: score, textScore: null, vectorWeight });
  }
  for (const { chunkId, score } of textHits) {
    const hit = union.get(chunkId);
    if (hit) hit.textScore = score;
    else union.set(chunkId, { chunkId, score: 0, vectorScore: null, textScore: score, vectorWeight });
  }
  return union;
}

function ranked(fused: Map<string, FusedHit>): FusedHit[] {
  return [...fused.values()].sort((a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1));
}

function clampToUnit(x: number): number {
  return Math.min(1, Math.max(0, x));
}
