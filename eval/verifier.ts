import { sha256OfParts } from '../src/common/hash';
import { embeddingModelOf } from '../src/models/embedding-models';
import type { Refusal } from '../src/semantic-cache/question-verifier';
import type { SupportPassage } from '../src/semantic-cache/verifier/answer-support';
import { backgroundOf, SimilarityScale } from '../src/semantic-cache/similarity-scale';
import { cutFor, matchLogit, type MatchTerm, TERM_SIGNS } from '../src/semantic-cache/verifier/match-model';
import { UNRELATED_QUESTIONS } from '../src/text-analysis/unrelated-questions';
import { attributeCorpus } from './attribute-corpus';
import { readPairs } from './cache';
import { type Evaluation, EvaluationInputError, requiredText } from './evaluation';
import { readEvidenceSets } from './evidence';
import type { LogisticFit } from './logistic-regression';
import { bestBy, cutsFor, fitTerms, FOLDS, HeldOutFit, logitOf, servedFrom, servedWithin } from './match-fit';
import {
  joinSets,
  labelledPairs,
  type PairSet,
  streamPairs,
  type StreamQuestion,
  withoutEvidence,
} from './match-pairs';
import { QuestionFolds } from './question-folds';
import { embedTexts } from './question-vectors';
import { withSettings } from './settings';
import { type Cell, formatTable, rounded } from './table';
import { readLog } from './workload';

const ALL_TERMS = Object.keys(TERM_SIGNS) as MatchTerm[];
const EVIDENCE_TERMS: readonly MatchTerm[] = ['betterElsewhere', 'isUnsupported', 'askedElsewhere'];
const TEXT_TERMS = ALL_TERMS.filter((term) => !EVIDENCE_TERMS.includes(term));
/** Whose worth is measured by letting them decide nothing. */
const REFUSALS: readonly Refusal[] = [
  'language', 'number', 'identifier', 'name', 'negation', 'opposite', 'restriction', 'answer-kind', 'exchanged-roles',
  'instruction', 'contrast', 'evidence',
]; // prettier-ignore
const ATTRIBUTE_SEEDS = [1, 2, 3];
/** Passages about something else that a question finds besides its own. */
const OTHER_PASSAGES = 3;
/** What the tables allow: wrong answers as a share of all questions, and of what is served. */
const WRONG_OF_ASKED = 0.0015;
const BUDGET = 0.01;
/** How much a kind of data counts in the model with evidence, and in that without. */
const WEIGHTS = { evidence: [1, 0.5], attributes: [0.5, 0], workload: [0, 1] } as const;
/** Pairs made to mislead count less than this, and have no say in the cuts. */
const LEAST_FOR_CUTS = 0.5;

/** Fits the match model on other data than it is measured on, and shows what each part of it is worth. */
export const verifierEvaluation: Evaluation = {
  summary: "the match model: fitted, cross-validated, each feature's and contradiction's worth",
  flags: {
    data: { type: 'string', value: 'DIR', required: true },
    pairs: { type: 'string', value: 'FILE[:WEIGHT]', multiple: true },
    workload: { type: 'string', value: 'FILE' },
  },
  run: (flags, progress) =>
    withSettings(async (config) => {
      const evidence = readEvidenceSets(requiredText(flags, 'data'), null, Infinity);
      const corpora = ATTRIBUTE_SEEDS.map((seed) => attributeCorpus({ seed }));
      const labelled = ((flags.pairs ?? []) as string[]).map(readWeighted);
      const log = typeof flags.workload === 'string' ? readLog(flags.workload) : [];
      const model = embeddingModelOf(config);
      const scale = new SimilarityScale(backgroundOf(await model.embed([...UNRELATED_QUESTIONS])));
      const texts = [
        ...evidence.flatMap(({ questions }) => questions.map(({ q }) => q)),
        ...corpora.flatMap(({ questions }) => questions.map(({ q }) => q)),
        ...labelled.flatMap(({ rows }) => rows.flatMap(({ a, b }) => [a, b])),
        ...log.map(({ q }) => q),
      ];
      const vectors = await embedTexts(model, texts, progress);
      await model.close();

      const folds = new QuestionFolds(FOLDS);
      const passageSets = evidence.map((set) => withFinds(set.passages, set.questions, folds));
      const attributeSets = corpora.map(({ documents, questions }, seed) => {
        const known = questions.map((question) => ({ ...question, passage: question.document }));
        const named = documents.map((document) => ({ ...document, field: fieldOf(document.id) }));
        return withFinds(named, known, folds, `${seed}`);
      });
      const logged = log.map(({ i, q, cluster }) => ({
        i,
        q,
        cluster,
        passage: cluster,
        start: 0,
        end: 0,
        finds: [],
      }));
      for (const { q, cluster } of log) folds.join(q, `cluster ${cluster}`);
      for (const { a, b } of labelled.flatMap(({ rows }) => rows)) folds.join(a, b);
      const dealt = <T extends { q: string }>(questions: readonly T[]) =>
        questions.map((question) => ({ ...question, fold: folds.foldOf(question.q) }));
      progress('comparing questions');
      const stream = (
        name: 'evidence' | 'attributes' | 'workload',
        questions: readonly Omit<StreamQuestion, 'fold'>[],
      ) => streamPairs({ name, weight: WEIGHTS[name][0] }, dealt(questions), vectors, scale);
      const sets = [
        joinSets(passageSets.map((questions) => stream('evidence', questions))),
        joinSets(attributeSets.map((questions) => stream('attributes', questions))),
      ];
      const textSets = [
        withoutEvidence(sets[0], WEIGHTS.evidence[1]),
        ...(log.length > 0 ? [{ ...stream('workload', logged), weight: WEIGHTS.workload[1] }] : []),
        ...labelled.map(({ name, weight, rows }) =>
          labelledPairs(
            { name, weight },
            rows.map((row) => ({ ...row, fold: folds.foldOf(row.a) })),
            vectors,
            scale,
          ),
        ),
      ];
      return report(sets, textSets, progress);
    }),
};

function report(sets: readonly PairSet[], textSets: readonly PairSet[], progress: (line: string) => void) {
  const [evidence, attributes] = sets;
  const full = measured(sets, ALL_TERMS);
  const text = measured(textSets, TEXT_TERMS);
  const worth = (leftOut: string, terms: readonly MatchTerm[], ignored?: Refusal) => {
    progress(`without ${leftOut}`);
    const fit = terms === ALL_TERMS ? full.fit : new HeldOutFit(sets, terms);
    const served = servedWithin(WRONG_OF_ASKED, fit.bestOf(evidence, ignored), evidence);
    const others = servedFrom(served.cut, fit.bestOf(attributes, ignored), attributes);
    return {
      leftOut,
      paraphrasesServed: rounded(served.repeatedServed),
      attributesWrong: others.wrong,
      attributesWrongShare: rounded(others.wrongShareOfAsked),
      attributesServed: rounded(others.repeatedServed),
    };
  };
  const used = ALL_TERMS.filter((_, i) => full.model.weights[i] !== 0);
  const ablation = [
    worth('nothing', ALL_TERMS),
    ...used.map((term) =>
      worth(
        term,
        ALL_TERMS.filter((other) => other !== term),
      ),
    ),
    worth('evidence terms', TEXT_TERMS),
    ...REFUSALS.map((refusal) => worth(refusal, ALL_TERMS, refusal)),
  ];
  const textAblation = TEXT_TERMS.filter((_, i) => text.model.weights[i] !== 0).map((term) => {
    progress(`without evidence, without ${term}`);
    const terms = TEXT_TERMS.filter((other) => other !== term);
    return { leftOut: term, ...servedAtBudget(measured(textSets, terms).atBudget) };
  });
  const json = {
    withEvidence: shown(full.model, ALL_TERMS, full.cuts),
    withoutEvidence: shown(text.model, TEXT_TERMS, text.cuts),
    shipped: [...sets, ...textSets].map(shippedRow),
    heldOut: [...full.rows, ...text.rows],
    ablation,
    textAblation: [{ leftOut: 'nothing', ...servedAtBudget(text.atBudget) }, ...textAblation],
    leaveKindOut: [...leaveKindOut(sets, ALL_TERMS), ...leaveKindOut(textSets, TEXT_TERMS)],
  };
  const tables = {
    shipped: json.shipped,
    heldOut: json.heldOut,
    ablation,
    textAblation: json.textAblation,
    leaveKindOut: json.leaveKindOut,
  };
  return {
    json,
    text: [
      `const WITH_EVIDENCE: MatchModel = ${JSON.stringify(json.withEvidence, null, 2)};`,
      `const WITHOUT_EVIDENCE: MatchModel = ${JSON.stringify(json.withoutEvidence, null, 2)};`,
      ...Object.entries(tables).map(
        ([name, rows]) => `${name}\n${formatTable(rows as Record<string, Cell>[])}`,
      ),
    ].join('\n'),
  };
}

/** A model fitted on everything, with the cuts and counts of those that were fitted on all but one fold. */
function measured(sets: readonly PairSet[], terms: readonly MatchTerm[]) {
  const fit = new HeldOutFit(sets, terms);
  const forCuts = sets.filter(({ weight }) => weight >= LEAST_FOR_CUTS);
  const cuts = cutsFor(forCuts.flatMap((set) => fit.bestOf(set)));
  const cut = cuts.find(([budget]) => budget === BUDGET)?.[1] ?? Infinity;
  const atBudget = forCuts.map((set) => ({ set: set.name, ...servedFrom(cut, fit.bestOf(set), set) }));
  const rows = sets.map((set) => row(set, fit.bestOf(set), cut));
  return { fit, model: fitTerms(sets, terms), cuts, atBudget, rows };
}

function row(set: PairSet, best: ReturnType<typeof bestBy>, cut: number) {
  const { hits, wrong, wrongShareOfAsked, repeatedServed } = servedFrom(cut, best, set);
  return {
    set: set.hasEvidence ? set.name : `${set.name}, text alone`,
    questions: set.questions,
    pairs: set.pairs.length,
    hits,
    wrong,
    wrongShareOfAsked: rounded(wrongShareOfAsked),
    wrongShareOfHits: hits === 0 ? null : rounded(wrong / hits),
    repeatedServed: rounded(repeatedServed),
  };
}

/** The service's own model, which may have been fitted on these very pairs. */
function shippedRow(set: PairSet) {
  const best = bestBy(set, ({ features }) => matchLogit(features, set.hasEvidence));
  return row(set, best, cutFor(BUDGET, set.hasEvidence));
}

function servedAtBudget(served: ReturnType<typeof measured>['atBudget']): Record<string, Cell> {
  return Object.fromEntries(served.map(({ set, repeatedServed }) => [set, rounded(repeatedServed)]));
}

/** Each kind of data judged by a model, and at a cut, that know only the others. */
function leaveKindOut(sets: readonly PairSet[], terms: readonly MatchTerm[]) {
  return sets.flatMap((set) => {
    const others = sets.filter((other) => other !== set);
    if (others.length === 0) return [];
    const { model, cuts } = measured(others, terms);
    const best = bestBy(set, (pair) => logitOf(pair, terms, model));
    const cut = cuts.find(([budget]) => budget === BUDGET)?.[1] ?? Infinity;
    const within = servedWithin(WRONG_OF_ASKED, best, set);
    return { ...row(set, best, cut), servedWithinTarget: rounded(within.repeatedServed) };
  });
}

function shown(
  { intercept, weights }: LogisticFit,
  terms: readonly MatchTerm[],
  cuts: readonly [number, number][],
) {
  const weightOf = (term: MatchTerm) => rounded(weights[terms.indexOf(term)] ?? 0, 3);
  return {
    intercept: rounded(intercept, 3),
    ...Object.fromEntries(ALL_TERMS.map((term) => [term, weightOf(term)])),
    cuts: cuts.map(([budget, logit]) => [budget, rounded(logit, 2)]),
  };
}

/** Joins each question to what its passage belongs to, and gives it that passage and some about something else. */
function withFinds(
  passages: readonly { id: string; title?: string; text: string; field?: string }[],
  questions: readonly Omit<StreamQuestion, 'finds' | 'fold'>[],
  folds: QuestionFolds,
  prefix = '',
): Omit<StreamQuestion, 'fold'>[] {
  const byId = new Map(passages.map((passage) => [passage.id, passage]));
  const read = ({ id, title, text }: (typeof passages)[number]): SupportPassage => ({
    contentHash: sha256OfParts([prefix, id]),
    content: text,
    title: title ?? null,
    headingPath: [],
  });
  return questions.map((question, i) => {
    const own = byId.get(question.passage);
    if (own === undefined) throw new EvaluationInputError(`there is no passage "${question.passage}"`);
    folds.join(question.q, own.field ?? own.title ?? own.id);
    const others = Array.from({ length: OTHER_PASSAGES }, (_, n) => passages[(7 * i + n) % passages.length]);
    return { ...question, finds: [...new Set([own, ...(own.field ? [] : others)])].map(read) };
  });
}

/** `contracts` of `contracts-2`. */
function fieldOf(document: string): string {
  return `field ${document.replace(/-\d+$/u, '')}`;
}

function readWeighted(argument: string) {
  const [, name, weight] = /^(.*?)(?::([\d.]+))?$/u.exec(argument)!;
  return { name: name.replace(/^.*\//u, ''), weight: Number(weight ?? 1), rows: readPairs(name) };
}
