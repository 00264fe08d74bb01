import type { Refusal } from '../src/semantic-cache/question-verifier';
import { type MatchTerm, TERM_SIGNS } from '../src/semantic-cache/verifier/match-model';
import { fitLogistic, type LogisticFit } from './logistic-regression';
import type { MatchPair, PairSet } from './match-pairs';

/** Deals groups of questions that must not be torn apart. */
export const FOLDS = 6;
const PENALTY = 1e-4;
/** Budgets whose cuts are looked for. */
const BUDGETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];
/** Wrong hits that are added to those counted: few hits without a wrong one prove little. */
const UNSEEN_WRONG = 0.7;

/** The best stored question for a new one. */
export interface Best {
  asked: number;
  logit: number;
  label: boolean;
}

/** What is served from a cut on. */
export interface Served {
  cut: number;
  hits: number;
  wrong: number;
  wrongShareOfAsked: number;
  /** Of the questions that repeat an earlier one, those that got its answer. */
  repeatedServed: number;
}

/** @param holds which pairs take part, of those that nothing refuses */
export function fitTerms(
  sets: readonly PairSet[],
  terms: readonly MatchTerm[],
  holds: (pair: MatchPair) => boolean = () => true,
): LogisticFit {
  const observations = sets.flatMap(({ pairs, weight }) => {
    const used = pairs.filter((pair) => pair.refusals.length === 0 && holds(pair));
    return used.map((pair) => ({
      features: terms.map((term) => pair.terms[term]),
      label: pair.label,
      weight: weight / used.length,
    }));
  });
  return fitLogistic(
    observations,
    PENALTY,
    terms.map((term) => TERM_SIGNS[term]),
  );
}

/** Logits of all pairs, each by a model that was fitted without its fold. */
export class HeldOutFit {
  private readonly fits: LogisticFit[];

  constructor(
    readonly sets: readonly PairSet[],
    private readonly terms: readonly MatchTerm[],
  ) {
    this.fits = Array.from({ length: FOLDS }, (_, fold) =>
      fitTerms(sets, terms, (pair) => pair.fold !== fold),
    );
  }

  /** @param ignored what does not refuse, to see what it is worth */
  bestOf(set: PairSet, ignored?: Refusal): Best[] {
    return bestBy(set, (pair) => logitOf(pair, this.terms, this.fits[pair.fold]), ignored);
  }
}

/** The best pair of each question that nothing refuses. */
export function bestBy({ pairs }: PairSet, logit: (pair: MatchPair) => number, ignored?: Refusal): Best[] {
  const best = new Map<number, Best>();
  for (const pair of pairs) {
    if (pair.refusals.some((refusal) => refusal !== ignored)) continue;
    const one = { asked: pair.asked, logit: logit(pair), label: pair.label };
    if (one.logit > (best.get(pair.asked)?.logit ?? -Infinity)) best.set(pair.asked, one);
  }
  return [...best.values()].sort((a, b) => b.logit - a.logit);
}

export function logitOf(
  pair: MatchPair,
  terms: readonly MatchTerm[],
  { intercept, weights }: LogisticFit,
): number {
  return terms.reduce((logit, term, i) => logit + weights[i] * pair.terms[term], intercept);
}

/** By budget the lowest logit from which on no larger share was wrong; without the budgets that nothing meets. */
export function cutsFor(best: readonly Best[]): [budget: number, logit: number][] {
  const ranked = [...best].sort((a, b) => b.logit - a.logit);
  return BUDGETS.flatMap((budget): [number, number][] => {
    let [wrong, cut] = [0, NaN];
    ranked.forEach(({ logit, label }, i) => {
      if (!label) wrong++;
      if ((wrong + UNSEEN_WRONG) / (i + 1 + UNSEEN_WRONG) <= budget) cut = logit;
    });
    return Number.isNaN(cut) ? [] : [[budget, cut]];
  });
}

/** What a cut serves. @param best of all questions of the set */
export function servedFrom(cut: number, best: readonly Best[], { questions, repeated }: PairSet): Served {
  const hits = best.filter(({ logit }) => logit >= cut);
  const right = hits.filter(({ label }) => label);
  const wrong = hits.length - right.length;
  return {
    cut,
    hits: hits.length,
    wrong,
    wrongShareOfAsked: wrong / questions,
    repeatedServed: right.filter(({ asked }) => repeated.has(asked)).length / repeated.size,
  };
}

/** The lowest cut at which at most a share of all questions is answered wrongly. */
export function servedWithin(wrongShareOfAsked: number, best: readonly Best[], set: PairSet): Served {
  const allowed = Math.floor(wrongShareOfAsked * set.questions);
  let [wrong, cut] = [0, Infinity];
  for (const { logit, label } of best) {
    if (!label && ++wrong > allowed) break;
    cut = logit;
  }
  return servedFrom(cut, best, set);
}
