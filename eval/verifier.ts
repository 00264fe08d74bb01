import { embeddingModelOf } from '../src/models/embedding-models';
import { defaultSimilarityThreshold } from '../src/semantic-cache/similarity-threshold';
import type { PairFeatures } from '../src/semantic-cache/verifier/pair-features';
import {
  FITTED_MODEL,
  isEdit,
  type LinearModel,
  type SameQuestionModel,
  sameQuestionScorer,
} from '../src/semantic-cache/verifier/same-question-model';
import { type QuestionPair, readPairs, shares } from './cache';
import { type Evaluation, requiredText } from './evaluation';
import { fitLogistic } from './logistic-regression';
import { QuestionFolds } from './question-folds';
import { embedTexts } from './question-vectors';
import { withSettings } from './settings';
import { type Cell, formatTable, rounded } from './table';
import {
  clusterKey,
  type DescribedPair,
  PairReader,
  type PairExample,
  questionKey,
} from './verifier-examples';
import { type QuestionJudge, readLog, replay } from './workload';

const FOLDS = 5;
/** Strength of the prior of the weights of standardised features. */
const PENALTY = 10;
/** Pairs made to mislead are few, and what they try is what must not go wrong. */
const PROBE_WEIGHT = 5;
/** Estimated probabilities from which a pair is believed; the intercepts hold them, so that 0.5 decides. */
const BELIEVED = { edit: 0.57, rewording: 0.77, ownCase: 0.9 };
const SCORES = [0.4, 0.5, 0.6, 0.7, 0.8];

/** Fits the verifier's score on labelled pairs and a query log, and measures it on questions that it was not fitted on. */
export const verifierEvaluation: Evaluation = {
  summary: 'fits the score of the question verifier, and cross-validates it by cluster of questions',
  flags: {
    pairs: { type: 'string', value: 'FILE', multiple: true },
    probes: { type: 'string', value: 'FILE', required: true },
    data: { type: 'string', value: 'FILE', required: true },
  },
  run: (flags, progress) =>
    withSettings(async (config) => {
      const probes = {
        name: 'probes',
        weight: PROBE_WEIGHT,
        pairs: readPairs(requiredText(flags, 'probes')),
      };
      const files = Array.isArray(flags.pairs) ? flags.pairs.map(String) : [];
      const sets = [
        ...files.map((file, i) => ({ name: `pairs ${i + 1}`, weight: 1, pairs: readPairs(file) })),
        probes,
      ];
      const log = readLog(requiredText(flags, 'data'));
      const model = embeddingModelOf(config);
      const texts = [
        ...sets.flatMap(({ pairs }) => pairs.flatMap(({ a, b }) => [a, b])),
        ...log.map(({ q }) => q),
      ];
      const vectors = await embedTexts(model, texts, progress).finally(() => model.close());
      const minSimilarity = config.semanticCache.threshold ?? defaultSimilarityThreshold(model.name);

      const folds = new QuestionFolds(FOLDS);
      for (const { pairs } of sets) for (const { a, b } of pairs) folds.join(questionKey(a), questionKey(b));
      for (const { q, cluster } of log) folds.join(questionKey(q), clusterKey(cluster));
      const reader = new PairReader(vectors);
      const labelled = sets.map(({ name, weight, pairs }) => ({
        name,
        pairs: pairs.map((pair) => examplesOf(pair, weight, reader, folds)),
      }));
      const examples = [
        ...labelled.flatMap(({ pairs }) => pairs),
        ...reader.loggedExamples(log, folds, minSimilarity, progress),
      ];
      const scorers = Array.from({ length: FOLDS }, (_, fold) =>
        scorerOf(fitModel(examples.filter((example) => !example.folds.includes(fold)))),
      );

      const rows: Row[] = [];
      for (const minScore of SCORES) {
        const judge: QuestionJudge = ({ q, cluster }, stored) => {
          const score = scorers[folds.foldOf(clusterKey(cluster))](reader.read(q, stored));
          return { same: score >= minScore, score };
        };
        const { hitRate, wrongShareOfSemantic } = await replay(config, log, vectors, judge, () => undefined);
        progress(`replayed the log at a score of ${minScore}`);
        const served = (example: PairExample) =>
          example.cosineSimilarity >= minSimilarity && scorers[example.folds[0]](example) >= minScore;
        rows.push({
          minScore,
          sets: labelled.map((set) => measure(set, served)),
          hitRate,
          wrongShareOfSemantic,
        });
      }
      return {
        json: { minSimilarity, rows, model: fitModel(examples) },
        text: formatTable(rows.flatMap(linesOf)),
      };
    }),
};

type LabelledPair = PairExample & QuestionPair;

/** What was measured at one score. */
interface Row {
  minScore: number;
  sets: ReturnType<typeof measure>[];
  hitRate: number | null;
  wrongShareOfSemantic: number | null;
}

function examplesOf(
  pair: QuestionPair,
  weight: number,
  reader: PairReader,
  folds: QuestionFolds,
): LabelledPair {
  return { ...pair, ...reader.read(pair.a, pair.b), weight, folds: [folds.foldOf(questionKey(pair.a))] };
}

function measure(
  set: { name: string; pairs: readonly LabelledPair[] },
  served: (pair: LabelledPair) => boolean,
) {
  const of = (pairs: readonly LabelledPair[]) =>
    shares(pairs.map((pair) => ({ same: pair.same, hit: served(pair) })));
  const kinds = [...new Set(set.pairs.flatMap(({ kind }) => kind ?? []))].sort();
  const falseHitsOf = (kind: string) => of(set.pairs.filter((pair) => pair.kind === kind)).falseHitRate;
  return {
    name: set.name,
    ...of(set.pairs),
    falseHitRateByKind: Object.fromEntries(kinds.map((kind) => [kind, falseHitsOf(kind)])),
  };
}

/** A line for each set, and one for the log. */
function linesOf(row: Row): Record<string, Cell>[] {
  const none = {
    precision: null,
    recall: null,
    falseHitRate: null,
    hitRate: null,
    wrongShareOfSemantic: null,
  };
  const { minScore, sets, hitRate, wrongShareOfSemantic } = row;
  return [
    ...sets.map(({ name, precision, recall, falseHitRate }) => ({
      minScore,
      set: name,
      ...none,
      precision,
      recall,
      falseHitRate,
    })),
    { minScore, set: 'log', ...none, hitRate, wrongShareOfSemantic },
  ];
}

function scorerOf(model: SameQuestionModel): (pair: DescribedPair) => number {
  const score = sameQuestionScorer(model);
  return ({ decided, features }) => decided ?? score(features);
}

/** Fits the weights of the features that the shipped model has, on the pairs that no rule decides. */
function fitModel(examples: readonly PairExample[]): SameQuestionModel {
  const scored = examples.filter(({ decided }) => decided === null);
  const [edits, rewordings] = [true, false].map((edit) =>
    scored.filter(({ features }) => isEdit(features) === edit),
  );
  const rewording = fitLinear(rewordings, FITTED_MODEL.rewording, BELIEVED.rewording);
  const ownCase = rounded(logit(BELIEVED.rewording) - logit(BELIEVED.ownCase), 3);
  return {
    edit: fitLinear(edits, FITTED_MODEL.edit, BELIEVED.edit),
    rewording: { ...rewording, weights: { ...rewording.weights, ownCase } },
  };
}

function fitLinear(
  examples: readonly PairExample[],
  { weights }: LinearModel,
  believed: number,
): LinearModel {
  // What is asked of accounts of somebody's own case is chosen, not fitted.
  const names = (Object.keys(weights) as (keyof PairFeatures)[]).filter((name) => name !== 'ownCase');
  const fit = fitLogistic(
    examples.map(({ features, same, weight }) => ({
      features: names.map((name) => features[name]),
      label: same,
      weight,
    })),
    PENALTY,
  );
  return {
    intercept: rounded(fit.intercept - logit(believed), 3),
    weights: Object.fromEntries(names.map((name, j) => [name, rounded(fit.weights[j], 3)])),
  };
}

function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}
