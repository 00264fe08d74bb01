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
  /** Cosine similarity in [-1, 1], or null where it is not known. */
  vectorScore: number | null;
  /** BM25, or null where the text arm did not return the chunk. */
  textScore: number | null;
  /** Share of the vector arm in the score, in [0, 1]; the text arm has the rest. */
  vectorWeight: number;
}

/** How similar the question is to chunks that have nothing to do with it: cosine similarities to random chunks. */
export interface SimilarityBackground {
  mean: number;
  /** At least 0; at 0, where the vectors distinguish nothing, they get no weight. */
  standardDeviation: number;
}

export interface TrustFusionOptions {
  /** Measured on a sample of the space's chunks; estimated from the vector hits if absent, which is less exact. */
  background?: SimilarityBackground;
  /** Chunks that were searched, about; needed only for that estimate. Default 10,000. */
  chunkCount?: number;
  /** Cosine similarities of text hits that the vector arm did not return; guessed where they are missing. */
  textHitSimilarities?: ReadonlyMap<string, number>;
  /** The BM25 score that a chunk with every word of the question could reach at most; unknown if absent. */
  maxTextScore?: number;
}

/**
 * What a standard deviation of similarity is worth, per standard deviation of trust, in units of the best text
 * score. Fitted with the constants below on fourteen sets of questions, not held out.
 */
const SIMILARITY_WORTH = 0.05;
/** The best vector hit alone says a little of the space's quality: it evens out what few text hits say. */
const TOP_HIT_SHARE = 0.24;
const AGREEMENT_SHARE = 0.7;
/** Above this, more trust changes nothing. */
const MAX_TRUST = 5;
/** Text hits count for the agreement of the arms by the fourth power of their score: the first few decide. */
const AGREEMENT_SHARPNESS = 4;
/** A chunk that the text arm left out is taken to score just below the last one that it returned. */
const UNRETURNED_TEXT_SHARE = 0.8;
/** Below this share of the best hit's shift, what the text arm found is as good as random to the vectors. */
const DISAGREEMENT = { none: 0.4, full: 0.2 };
/** Words that make up less than this share of the question's weight are a chance match. */
const MIN_TEXT_COVERAGE = 0.15;
/** Hits are the tail of a distribution only if they are few of many. */
const MAX_TAIL_SHARE = 0.2;
const DEFAULT_CHUNK_COUNT = 10_000;

/**
 * Fuses both arms by a weighted sum whose weight is set per query by how far each arm can be trusted.
 *
 * Trust is measured without labels. The chunks that the text arm ranks first are probably relevant, so their
 * shift (similarity to the question, in standard deviations above that of random chunks) says how well this
 * space separates relevant from irrelevant chunks for this question. If both were normal distributions that far
 * apart, the log-odds of relevance would grow with similarity in proportion to the shift; so does the weight.
 * Vectors that are noise have no shift and leave the text arm's ranking as it is. Where the arms have nothing
 * in common, the text arm is believed unless its best chunk holds next to nothing of the question.
 *
 * @param vectorHits sorted descending, no duplicates
 * @param textHits sorted descending, no duplicates
 * @returns the union of both, sorted by fused score descending, then chunk id
 */
export function fuseByTrust(
  vectorHits: readonly ArmHit[],
  textHits: readonly ArmHit[],
  options: TrustFusionOptions = {},
): FusedHit[] {
  const maxText = textHits.length > 0 ? textHits[0].score : 0;
  if (vectorHits.length === 0 || !(maxText > 0)) {
    return weightedSum(vectorHits, textHits, maxText > 0 ? 0 : 1, Math.min(0, last(vectorHits)), new Map());
  }
  const background =
    options.background ?? tailBackground(vectorHits, options.chunkCount ?? DEFAULT_CHUNK_COUNT);
  const similarities = options.textHitSimilarities ?? new Map<string, number>();
  const weight = vectorWeight(vectorHits, textHits, background, similarities, options.maxTextScore);
  return weightedSum(vectorHits, textHits, weight, background.mean, similarities);
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
      const hit = fused.get(chunkId);
      if (hit) hit.score += 1 / (rankConstant + rank + 1) / best;
    });
  }
  return ranked(fused);
}

/** Share of the vector arm, in [0, 1]. Both lists hold hits, and the first text hit scores above 0. */
function vectorWeight(
  vectorHits: readonly ArmHit[],
  textHits: readonly ArmHit[],
  { mean, standardDeviation }: SimilarityBackground,
  similarities: ReadonlyMap<string, number>,
  maxTextScore: number | undefined,
): number {
  const topShift = (vectorHits[0].score - mean) / standardDeviation;
  // Also where the vectors do not differ at all.
  if (!(topShift > 0) || !Number.isFinite(topShift)) return 0;
  const textSimilarity = similarityOfBestTexts(vectorHits, textHits, similarities, mean);
  const textShift = Math.max(0, (textSimilarity - mean) / standardDeviation);
  const disagreement = ramp(textShift / topShift, DISAGREEMENT);

  const trust = (1 - disagreement) * (AGREEMENT_SHARE * textShift + TOP_HIT_SHARE * topShift);
  const vectorPart = SIMILARITY_WORTH * Math.min(MAX_TRUST, trust) * topShift;
  const coverage = maxTextScore ? textHits[0].score / maxTextScore : 1;
  const textPart = Math.min(1, coverage / MIN_TEXT_COVERAGE);
  return Math.max(vectorPart / (vectorPart + textPart), disagreement * (1 - textPart));
}

/** Mean cosine similarity of the text hits to the question, weighted to the first few. */
function similarityOfBestTexts(
  vectorHits: readonly ArmHit[],
  textHits: readonly ArmHit[],
  similarities: ReadonlyMap<string, number>,
  mean: number,
): number {
  const returned = new Map(vectorHits.map((hit) => [hit.chunkId, hit.score]));
  const guess = (mean + last(vectorHits)) / 2;
  let weightSum = 0;
  let sum = 0;
  for (const { chunkId, score } of textHits) {
    const weight = (score / textHits[0].score) ** AGREEMENT_SHARPNESS;
    weightSum += weight;
    sum += weight * (returned.get(chunkId) ?? similarities.get(chunkId) ?? guess);
  }
  return sum / weightSum;
}

/**
 * What the hits themselves say of the background, taken as the best `share` of a normal distribution: z standard
 * deviations from its mean they begin, and exceed that by φ(z)/share − z on average.
 */
function tailBackground(vectorHits: readonly ArmHit[], chunkCount: number): SimilarityBackground {
  const threshold = last(vectorHits);
  const excess = vectorHits.reduce((sum, hit) => sum + hit.score - threshold, 0) / vectorHits.length;
  const share = Math.min(MAX_TAIL_SHARE, vectorHits.length / Math.max(1, chunkCount));
  const z = upperNormalQuantile(share);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const standardDeviation = excess / (density / share - z);
  return { mean: threshold - standardDeviation * z, standardDeviation };
}

/** The value that a standard normal number exceeds with a probability of at most 0.5, within 0.003. */
function upperNormalQuantile(probability: number): number {
  const t = Math.sqrt(-2 * Math.log(probability));
  // Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.22.
  return t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t);
}

function weightedSum(
  vectorHits: readonly ArmHit[],
  textHits: readonly ArmHit[],
  vectorWeight: number,
  zeroSimilarity: number,
  similarities: ReadonlyMap<string, number>,
): FusedHit[] {
  const maxText = textHits[0]?.score ?? 0;
  const missingText = last(textHits) * UNRETURNED_TEXT_SHARE;
  const missingSimilarity = last(vectorHits);
  const range = (vectorHits[0]?.score ?? 0) - zeroSimilarity;

  const fused = emptyUnion(vectorHits, textHits, vectorWeight);
  for (const hit of fused.values()) {
    hit.vectorScore ??= similarities.get(hit.chunkId) ?? null;
    const similarity = hit.vectorScore ?? missingSimilarity;
    const vectorPart = range > 0 ? clampToUnit((similarity - zeroSimilarity) / range) : 0;
    const textPart = maxText > 0 ? clampToUnit((hit.textScore ?? missingText) / maxText) : 0;
    hit.score = vectorWeight * vectorPart + (1 - vectorWeight) * textPart;
  }
  return ranked(fused);
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

function last(hits: readonly ArmHit[]): number {
  return hits.length > 0 ? hits[hits.length - 1].score : 0;
}

/** From 0 at `none` to 1 at `full`. */
function ramp(x: number, { none, full }: { none: number; full: number }): number {
  return clampToUnit((x - none) / (full - none));
}

function clampToUnit(x: number): number {
  return Math.min(1, Math.max(0, x));
}
