import type { PairFeatures } from './pair-features';

/** Logistic regression over some of the features: the logit is the intercept plus the weighted sum. */
export interface LinearModel {
  readonly intercept: number;
  readonly weights: Readonly<Partial<Record<keyof PairFeatures, number>>>;
}

/** What judges edits of a question, and what judges other wordings of it. */
export interface SameQuestionModel {
  readonly edit: LinearModel;
  readonly rewording: LinearModel;
}

/** From this share of common words on, one question is an edit of the other; below, it is another wording. */
const EDIT_WORD_OVERLAP = 0.55;

/** For edits: what an edit adds or drops decides. */
const EDIT: LinearModel = {
  intercept: -7.869,
  weights: {
    cosine: 8.802,
    cosineIfCovered: 1.603,
    uncoveredFewer: -0.67,
    uncoveredMore: 0.239,
    uncoveredNames: -0.593,
    uncoveredKnown: 0.314,
    uncoveredLight: 0.104,
    synonyms: 0.423,
    sharedNames: 0.153,
    sharedSpecific: -0.09,
    typeDiffers: 0.71,
    oneIsStatement: 1.537,
    oneIsYesNo: 0.595,
    oneIsHow: 0.325,
    sentences: 1.12,
    opensAlike: -0.418,
    modalDiffers: 0.652,
    relations: -0.091,
    typesClash: -1.149,
    restrictions: -0.547,
    measuresDiffer: -1.092,
    oneIsUnable: -0.986,
  },
};

/**
 * For other wordings: what both share decides, and only clear cases are served. Two accounts of somebody's own case
 * ("my card …") often sound alike and differ in what happened, so that they have to be clearer still (`ownCase`).
 */
const REWORDING: LinearModel = {
  intercept: -8.077,
  weights: {
    cosine: 8.359,
    cosineIfCovered: 0.369,
    uncoveredFewer: -0.352,
    uncoveredMore: -0.09,
    uncoveredNames: -0.206,
    synonyms: 0.332,
    sharedNames: 0.327,
    sharedKnown: 0.34,
    contentMoreLog: -1.075,
    contentFewerLog: 0.909,
    lengthLog: 0.502,
    oneIsStatement: 0.669,
    onePersonal: -0.311,
    measuresDiffer: -1.113,
    oneIsUnable: -0.462,
    oneAsksForMore: -0.703,
    oneIsNegated: -0.375,
    ownCase: -0.989,
  },
};

/** Fitted by `npm run eval -- verifier`. @see docs/verifier.md */
export const FITTED_MODEL: SameQuestionModel = { edit: EDIT, rewording: REWORDING };

/** Whether one question is an edit of the other, rather than another wording. */
export function isEdit({ wordOverlap }: PairFeatures): boolean {
  return wordOverlap >= EDIT_WORD_OVERLAP;
}

/**
 * Estimates whether two questions ask the same. Fitted by logistic regression on labelled pairs of questions; the
 * intercepts hold what to believe, so that 0.5 is the default decision: from an estimated probability of 0.57 for an
 * edit, 0.77 for another wording, 0.9 for another wording of somebody's own case.
 * @param evidenceLogit what the evidence of retrieval adds to the logit; 0 where there is none
 * @returns 0 to 1
 */
export const sameQuestionScore = sameQuestionScorer(FITTED_MODEL);

/** The estimate of a model that was fitted on other pairs. */
export function sameQuestionScorer(
  model: SameQuestionModel,
): (features: PairFeatures, evidenceLogit?: number) => number {
  const [edit, rewording] = [termsOf(model.edit), termsOf(model.rewording)];
  return (features, evidenceLogit = 0) => {
    const { intercept, terms } = isEdit(features) ? edit : rewording;
    let logit = intercept + evidenceLogit;
    for (const [name, weight] of terms) logit += weight * features[name];
    return 1 / (1 + Math.exp(-logit));
  };
}

function termsOf({ intercept, weights }: LinearModel) {
  return { intercept, terms: Object.entries(weights) as [keyof PairFeatures, number][] };
}
