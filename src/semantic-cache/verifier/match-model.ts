/** What the certainty of a match is made of; every weight's sign is fixed: similarity and support only help, differences only harm. */
export interface MatchFeatures {
  /** How alike the questions' vectors are, from the space's background (0) to equal (1). */
  relativeSimilarity: number;
  /** Content words that only the new question has, to 4; that only the stored one has, to 4. */
  onlyAsked: number;
  onlyStored: number;
  /** 1 where both ask for a thing that the other does not name. */
  asksForOther: number;
  /** Share of the pairs of common words that stand in the other order, 0 to 1. */
  inversions: number;
  /** How far another statement answers the new question better than those of the stored answer, 0 to 0.4. */
  betterElsewhere: number;
  /** 1 where both have words of their own and the stored answer is not the best for the new question. */
  isUnsupported: number;
  /** Words of the new question alone that the passages hold, but not where the answer stands, to 2. */
  askedElsewhere: number;
}

/** What the features contribute to the logit, each by a weight of this sign. */
export const TERM_SIGNS = {
  similarity: 1,
  /** Of the similarity above 0.9. */
  nearSimilarity: 1,
  /** Where no content word differs. */
  sameWords: 1,
  onlyAsked: -1,
  onlyStored: -1,
  /** Of the lesser of both, to 3. */
  exchanged: -1,
  asksForOther: -1,
  inversions: -1,
  betterElsewhere: -1,
  isUnsupported: -1,
  askedElsewhere: -1,
} as const;

export type MatchTerm = keyof typeof TERM_SIGNS;
type MatchTerms = Readonly<Record<MatchTerm, number>>;

interface MatchModel extends MatchTerms {
  readonly intercept: number;
  /** By share of wrong hits (rising): the logit from which on no more of the served were wrong. */
  readonly cuts: readonly (readonly [budget: number, logit: number])[];
}

const TERMS = Object.keys(TERM_SIGNS) as MatchTerm[];
const NEAR = 0.9;

/**
 * Logistic regressions, fitted with the signs of the weights given. @see docs/verifier.md for the data, and for what each
 * feature is worth on kinds of data that were left out.
 */
const WITH_EVIDENCE: MatchModel = {
  intercept: -2.077,
  similarity: 4.956,
  nearSimilarity: 93.332,
  sameWords: 3.992,
  onlyAsked: 0,
  onlyStored: -0.305,
  exchanged: 0,
  asksForOther: 0,
  inversions: -1.337,
  betterElsewhere: -3.756,
  isUnsupported: -1.544,
  askedElsewhere: -0.865,
  cuts: [
    [0.002, 3.04],
    [0.005, 2.87],
    [0.01, 2.34],
    [0.02, 1.74],
    [0.05, 1.14],
    [0.1, 0.03],
    [0.2, -0.98],
  ],
};
const WITHOUT_EVIDENCE: MatchModel = {
  intercept: -4.394,
  similarity: 7.103,
  nearSimilarity: 0,
  sameWords: 0.259,
  onlyAsked: -0.149,
  onlyStored: -0.062,
  exchanged: -0.17,
  asksForOther: -0.398,
  inversions: 0,
  betterElsewhere: 0,
  isUnsupported: 0,
  askedElsewhere: 0,
  cuts: [
    [0.01, 2.3],
    [0.02, 1.9],
    [0.05, 1.77],
    [0.1, 0.86],
    [0.2, -0.76],
  ],
};

/** The terms of the logit, without their weights. */
export function termsOf(features: MatchFeatures): MatchTerms {
  const { relativeSimilarity, onlyAsked, onlyStored } = features;
  return {
    similarity: relativeSimilarity,
    nearSimilarity: Math.max(0, relativeSimilarity - NEAR),
    sameWords: Number(onlyAsked + onlyStored === 0),
    onlyAsked,
    onlyStored,
    exchanged: Math.min(onlyAsked, onlyStored, 3),
    asksForOther: features.asksForOther,
    inversions: features.inversions,
    betterElsewhere: features.betterElsewhere,
    isUnsupported: features.isUnsupported,
    askedElsewhere: features.askedElsewhere,
  };
}

/** @param hasEvidence whether the last three features are known; without them they play no part */
export function matchLogit(features: MatchFeatures, hasEvidence: boolean): number {
  const model = hasEvidence ? WITH_EVIDENCE : WITHOUT_EVIDENCE;
  const terms = termsOf(features);
  return TERMS.reduce((logit, term) => logit + model[term] * terms[term], model.intercept);
}

/**
 * The least logit at which a match is served so that no more than a share of the hits is wrong, as far as the data that
 * the model was fitted on tell. Between the measured budgets it is interpolated over their logarithms; a smaller budget
 * than the smallest is met by nothing but equal words.
 * @param budget share of hits that may be wrong, above 0 and below 1
 */
export function cutFor(budget: number, hasEvidence: boolean): number {
  const { cuts } = hasEvidence ? WITH_EVIDENCE : WITHOUT_EVIDENCE;
  if (budget < cuts[0][0]) return Infinity;
  const above = cuts.findIndex(([share]) => share > budget);
  if (above < 0) return cuts[cuts.length - 1][1];
  const [[lowBudget, lowCut], [highBudget, highCut]] = [cuts[above - 1], cuts[above]];
  const part = Math.log(budget / lowBudget) / Math.log(highBudget / lowBudget);
  return lowCut + part * (highCut - lowCut);
}

export const probabilityOf = (logit: number): number => 1 / (1 + Math.exp(-logit));
