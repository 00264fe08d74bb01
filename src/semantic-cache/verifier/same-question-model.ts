import type { PairFeatures } from './pair-features';

/** Logistic regression over some of the features: the logit is the intercept plus the weighted sum. */
interface LinearModel {
  readonly intercept: number;
  readonly weights: Readonly<Partial<Record<keyof PairFeatures, number>>>;
}

/** From this share of common words on, one question is an edit of the other; below, it is another wording. */
const EDIT_WORD_OVERLAP = 0.55;

/** For edits: what an edit adds or drops decides. */
const EDIT: LinearModel = {
  intercept: -7.603,
  weights: {
    cosine: 8.527,
    cosineIfCovered: 1.609,
    uncoveredFewer: -0.622,
    uncoveredMore: 0.222,
    uncoveredNames: -0.497,
    uncoveredKnown: 0.329,
    uncoveredLight: 0.103,
    synonyms: 0.442,
    sharedNames: 0.158,
    sharedSpecific: -0.073,
    typeDiffers: 0.616,
    oneIsStatement: 1.55,
    oneIsYesNo: 0.711,
    oneIsHow: 0.407,
    sentences: 1.122,
    opensAlike: -0.443,
    modalDiffers: 0.623,
    relations: -0.097,
    typesClash: -1.19,
    restrictions: -0.554,
    measuresDiffer: -1.086,
    oneIsUnable: -1.237,
  },
};

/**
 * For other wordings: what both share decides, and only clear cases are served. Two accounts of somebody's own case
 * ("my card …") often sound alike and differ in what happened, so that they have to be clearer still (`ownCase`).
 */
const REWORDING: LinearModel = {
  intercept: -8.196,
  weights: {
    cosine: 8.515,
    cosineIfCovered: 0.523,
    uncoveredFewer: -0.393,
    uncoveredMore: -0.105,
    uncoveredNames: -0.176,
    synonyms: 0.256,
    sharedNames: 0.354,
    sharedKnown: 0.386,
    contentMoreLog: -0.632,
    contentFewerLog: 0.622,
    lengthLog: 0.473,
    oneIsStatement: 0.534,
    onePersonal: -0.133,
    measuresDiffer: -1.072,
    oneIsUnable: -0.443,
    oneAsksForMore: -0.764,
    oneIsNegated: -0.295,
    ownCase: -1.253,
  },
};

const MODELS = { edit: prepare(EDIT), rewording: prepare(REWORDING) };

/**
 * Estimates whether two questions ask the same. Fitted by logistic regression on labelled pairs of questions (see
 * docs/verifier.md); the intercepts hold what to believe, so that 0.5 is the default decision: from an estimated
 * probability of 0.56 for an edit, 0.72 for another wording, 0.9 for another wording of somebody's own case.
 * @param evidenceLogit what the evidence of retrieval adds to the logit; 0 where there is none
 * @returns 0 to 1
 */
export function sameQuestionScore(features: PairFeatures, evidenceLogit = 0): number {
  const model = features.wordOverlap >= EDIT_WORD_OVERLAP ? MODELS.edit : MODELS.rewording;
  let logit = model.intercept + evidenceLogit;
  for (const [name, weight] of model.terms) logit += weight * features[name];
  return 1 / (1 + Math.exp(-logit));
}

function prepare(model: LinearModel) {
  return {
    intercept: model.intercept,
    terms: Object.entries(model.weights) as [keyof PairFeatures, number][],
  };
}
