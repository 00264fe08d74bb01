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
  intercept: -7.718,
  weights: {
    cosine: 8.461,
    cosineIfCovered: 1.682,
    uncoveredFewer: -0.303,
    uncoveredMore: 0.116,
    uncoveredNames: -0.543,
    uncoveredKnown: 0.295,
    uncoveredLight: 0.098,
    synonyms: 0.407,
    sharedNames: 0.18,
    sharedSpecific: -0.089,
    typeDiffers: -0.148,
    oneIsStatement: 2.041,
    oneIsYesNo: 0.489,
    oneIsHow: 0.826,
    sentences: 1.066,
    opensAlike: -0.31,
    modalDiffers: 0.612,
    relations: -0.175,
  },
};

/** For other wordings: what both share decides. */
const REWORDING: LinearModel = {
  intercept: -7.537,
  weights: {
    cosine: 7.946,
    cosineIfCovered: 0.608,
    uncoveredFewer: -0.38,
    uncoveredMore: -0.13,
    uncoveredNames: -0.146,
    synonyms: 0.267,
    sharedNames: 0.349,
    sharedKnown: 0.348,
    contentMoreLog: -0.702,
    contentFewerLog: 0.709,
    lengthLog: 0.422,
    oneIsStatement: 0.574,
    onePersonal: -0.174,
  },
};

const MODELS = { edit: prepare(EDIT), rewording: prepare(REWORDING) };

/**
 * Estimates whether two questions ask the same. Calibrated so that 0.5 is the default decision.
 * Fitted by logistic regression on labelled pairs of questions, with evidence of unseen pairs by cross-validation
 (table in docs/benchmarks.md): an edit may say something new with one word, so how much of it is covered decides there;
 * another wording is judged by what both share.
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
