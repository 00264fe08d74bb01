/** What was said of two questions so far. */
export interface Verdicts {
  /** How often a judge called them the same, and different. */
  same: number;
  different: number;
  /** Whether a user reported that one was wrongly answered by the other's answer. */
  reported: boolean;
}

/** A pair of questions on which a judge gave a verdict. */
export interface Label {
  /** The verifier's, of the pair. */
  logit: number;
  same: boolean;
}

/** How the verifier's logits are to be read: as `scale * logit + offset`. */
export interface LogitScale {
  scale: number;
  offset: number;
}

/** A share with its 95 % interval, all 0 to 1. */
export interface ShareEstimate {
  estimate: number;
  lower: number;
  upper: number;
  /** Served answers that it rests on. */
  judged: number;
}

export const NO_VERDICTS: Verdicts = { same: 0, different: 0, reported: false };
export const UNCHANGED: LogitScale = { scale: 1, offset: 0 };

/** Before anything is known a judge is as good as if it had been asked twice about so many pairs. */
const PRIOR_ACCURACY = 0.95;
const PRIOR_REPEATS = 20;
/** Nobody is always right: a judge that never contradicts itself may still err. */
const MAX_ACCURACY = 0.995;
/** A judge that guesses says nothing. */
const MIN_ACCURACY = 0.55;
/** 95 %. */
const STANDARD_ERRORS = 1.96;
/** Standard deviations of what the scale and the offset of logits are believed to be beforehand, around 1 and 0. */
const SCALE_DEVIATION = 0.2;
const OFFSET_DEVIATION = 0.5;
const MAX_LOGIT = 10;
const MIN_SCALE = 0.1;
const MAX_STEPS = 50;

/**
 * How often a judge is right, from how often it agrees with itself: two independent verdicts agree where both are right
 * and where both are wrong.
 * @param repeats pairs on which it was asked twice
 * @param agreements those on which it said the same twice
 */
export function judgeAccuracy(repeats: number, agreements: number): number {
  const priorAgreement = PRIOR_ACCURACY ** 2 + (1 - PRIOR_ACCURACY) ** 2;
  const rate = (agreements + PRIOR_REPEATS * priorAgreement) / (repeats + PRIOR_REPEATS);
  const accuracy = (1 + Math.sqrt(Math.max(0, 2 * rate - 1))) / 2;
  return Math.min(MAX_ACCURACY, Math.max(MIN_ACCURACY, accuracy));
}

/** The verifier's log-odds, moved by each verdict as far as the judge is right more often than wrong. */
export function beliefOf(logit: number, { same, different }: Verdicts, accuracy: number): number {
  return logit + (same - different) * Math.log(accuracy / (1 - accuracy));
}

/** Whether two questions are not to share an answer, however alike the verifier finds them. */
export function areKeptApart({ same, different, reported }: Verdicts): boolean {
  return reported || different > same;
}

/**
 * The share of wrong answers among those that were served, from verdicts on some of them, less the judge's own errors:
 * Wilson's interval of the share that was called different, then solved for what would make such a judge say so.
 * @returns null where nothing was judged
 */
export function wrongShare(judged: number, calledDifferent: number, accuracy: number): ShareEstimate | null {
  if (judged === 0) return null;
  const rate = calledDifferent / judged;
  const squared = STANDARD_ERRORS ** 2;
  const centre = (calledDifferent + squared / 2) / (judged + squared);
  const reach = (STANDARD_ERRORS * Math.sqrt(judged * rate * (1 - rate) + squared / 4)) / (judged + squared);
  const corrected = (share: number) =>
    Math.min(1, Math.max(0, (share - (1 - accuracy)) / (2 * accuracy - 1)));
  return {
    estimate: corrected(rate),
    lower: corrected(centre - reach),
    upper: corrected(centre + reach),
    judged,
  };
}

/**
 * Platt scaling: how logits are to be read after what a judge said of some pairs. A strong prior holds it to leaving them
 * as they are. The verdicts are those of a judge that errs, so that a few wrong ones at the far ends do not bend it.
 * @param accuracy of the judge, above 0.5 to below 1
 */
export function fitLogitScale(labels: readonly Label[], accuracy: number): LogitScale {
  let fit = UNCHANGED;
  let fitness = posterior(labels, accuracy, fit);
  for (let step = 0; step < MAX_STEPS; step++) {
    const change = scoringStep(labels, accuracy, fit);
    // A step that leads too far is halved until it improves the fit.
    let part = 1;
    let next = moved(fit, change, part);
    while (posterior(labels, accuracy, next) < fitness && part > 1e-6) {
      part /= 2;
      next = moved(fit, change, part);
    }
    const improved = posterior(labels, accuracy, next);
    if (!(improved > fitness + 1e-9)) break;
    fit = next;
    fitness = improved;
  }
  return fit;
}

/** How far a cut is to rise so that, as the logits are to be read, it lets pass what it was meant to; never below 0. */
export function cutOffset(cut: number, { scale, offset }: LogitScale): number {
  if (!Number.isFinite(cut)) return 0;
  return Math.max(0, (cut - offset) / Math.max(MIN_SCALE, scale) - cut);
}

const moved = ({ scale, offset }: LogitScale, change: LogitScale, part: number): LogitScale => ({
  scale: Math.max(MIN_SCALE, scale + part * change.scale),
  offset: offset + part * change.offset,
});

const clamped = (logit: number) => Math.min(MAX_LOGIT, Math.max(-MAX_LOGIT, logit));

/** Probability that the judge says "same", and its derivative by the log-odds that it is. */
function saysSame(logOdds: number, accuracy: number): [probability: number, slope: number] {
  const p = 1 / (1 + Math.exp(-logOdds));
  return [1 - accuracy + (2 * accuracy - 1) * p, (2 * accuracy - 1) * p * (1 - p)];
}

function posterior(labels: readonly Label[], accuracy: number, { scale, offset }: LogitScale): number {
  let sum = -((scale - 1) ** 2) / (2 * SCALE_DEVIATION ** 2) - offset ** 2 / (2 * OFFSET_DEVIATION ** 2);
  for (const { logit, same } of labels) {
    const [probability] = saysSame(scale * clamped(logit) + offset, accuracy);
    sum += Math.log(same ? probability : 1 - probability);
  }
  return sum;
}

/** One step of Fisher scoring. */
function scoringStep(labels: readonly Label[], accuracy: number, { scale, offset }: LogitScale): LogitScale {
  let [scoreScale, scoreOffset] = [(1 - scale) / SCALE_DEVIATION ** 2, -offset / OFFSET_DEVIATION ** 2];
  let [infoScale, infoBoth, infoOffset] = [1 / SCALE_DEVIATION ** 2, 0, 1 / OFFSET_DEVIATION ** 2];
  for (const { logit, same } of labels) {
    const x = clamped(logit);
    const [probability, slope] = saysSame(scale * x + offset, accuracy);
    const variance = probability * (1 - probability);
    const score = ((Number(same) - probability) * slope) / variance;
    const info = slope ** 2 / variance;
    scoreScale += score * x;
    scoreOffset += score;
    infoScale += info * x * x;
    infoBoth += info * x;
    infoOffset += info;
  }
  const determinant = infoScale * infoOffset - infoBoth ** 2;
  return {
    scale: (infoOffset * scoreScale - infoBoth * scoreOffset) / determinant,
    offset: (infoScale * scoreOffset - infoBoth * scoreScale) / determinant,
  };
}
