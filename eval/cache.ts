import { dotProduct } from '../src/common/vector';
import { embeddingModelOf } from '../src/models/embedding-models';
import { type Evaluation, requiredText, shareOf } from './evaluation';
import { type HitMetrics, hitMetrics, precisionHitRatioArea } from './hit-metrics';
import { readJsonLines } from './json-lines';
import { PairJudge } from './pair-judge';
import { embedTexts } from './question-vectors';
import { withSettings } from './settings';
import { type Cell, formatTable, rounded } from './table';

/** Two questions, and whether an answer to one answers the other. */
export interface QuestionPair {
  a: string;
  b: string;
  same: boolean;
  kind?: string;
}

/** A pair with what the semantic layer would know and decide. */
interface JudgedPair extends QuestionPair {
  cosineSimilarity: number;
  /** Whether the verifier takes both for the same question. */
  verified: boolean;
  /** How sure it is of that, 0 to 1. */
  score: number;
}

/** Steps of the curve: cosine similarities. */
const CURVE = [0.7, 0.75, 0.8, 0.82, 0.84, 0.86, 0.88, 0.9, 0.92, 0.94, 0.96, 0.98];
/** The threshold that published caches use, for comparison. */
const USUAL_THRESHOLD = 0.92;

/** Judges pairs of questions as the semantic layer does: the model's threshold, then the verifier, without evidence. */
export const cacheEvaluation: Evaluation = {
  summary: 'whether the semantic layer serves the right pairs of questions ({a, b, same, kind?} per line)',
  flags: {
    pairs: { type: 'string', value: 'FILE', required: true },
    budget: { type: 'string', value: '0-1' },
  },
  run: (flags, progress) =>
    withSettings(async (config) => {
      const pairs = readPairs(requiredText(flags, 'pairs'));
      const model = embeddingModelOf(config);
      const texts = pairs.flatMap(({ a, b }) => [a, b]);
      const vectors = await embedTexts(model, texts, progress);
      const judge = await PairJudge.for(model, config, shareOf(flags, 'budget') ?? undefined);
      await model.close();
      const startedMs = performance.now();
      const judged = pairs.map((pair) => judgePair(pair, vectors, judge));
      const verifierMs = (performance.now() - startedMs) / pairs.length;
      return report(judged, rounded(judge.scale.minSimilarity), verifierMs);
    }),
};

/** The pairs of a file. @throws EvaluationInputError for a malformed one */
export function readPairs(file: string): QuestionPair[] {
  const fields = { a: 'string', b: 'string', same: 'boolean', kind: 'string?' } as const;
  return readJsonLines<QuestionPair>(file, fields);
}

function judgePair(
  pair: QuestionPair,
  vectors: ReadonlyMap<string, Float32Array>,
  judge: PairJudge,
): JudgedPair {
  const cosineSimilarity = dotProduct(vectors.get(pair.a)!, vectors.get(pair.b)!);
  const { same, score } = judge.judge(pair.a, pair.b, cosineSimilarity);
  return { ...pair, cosineSimilarity, verified: same, score };
}

function report(judged: readonly JudgedPair[], threshold: number, verifierMs: number) {
  const served = (pairs: readonly JudgedPair[], above: number) =>
    shares(pairs.map((pair) => ({ same: pair.same, hit: pair.cosineSimilarity >= above && pair.verified })));
  const cosine = (above: number) =>
    shares(judged.map((pair) => ({ same: pair.same, hit: pair.cosineSimilarity >= above })));
  const kinds = [...new Set(judged.flatMap(({ kind }) => kind ?? []))].sort();
  const byKind = kinds.map((kind) => {
    const pairs = judged.filter((pair) => pair.kind === kind);
    return { kind, pairs: pairs.length, ...served(pairs, threshold) };
  });
  const json = {
    pairs: judged.length,
    threshold,
    ...served(judged, threshold),
    byKind: Object.fromEntries(byKind.map(({ kind, ...rest }) => [kind, rest])),
    curve: CURVE.map((step) => ({ threshold: step, ...served(judged, step), cosine: cosine(step) })),
    cosineAt092: cosine(USUAL_THRESHOLD),
    pChrAuc: areaBy(judged, ({ score }) => score),
    cosinePChrAuc: areaBy(judged, ({ cosineSimilarity }) => cosineSimilarity),
    verifierMs: rounded(verifierMs),
  };
  const rows: Record<string, Cell>[] = [
    { what: `served (cosine ≥ ${threshold}, verified)`, pairs: judged.length, ...served(judged, threshold) },
    { what: `plain cosine ≥ ${USUAL_THRESHOLD}`, pairs: judged.length, ...json.cosineAt092 },
    ...byKind.map(({ kind, ...rest }) => ({ what: `served, ${kind}`, ...rest })),
  ];
  const curve = json.curve.map(({ cosine: plain, ...verified }) => ({
    ...verified,
    'cosine precision': plain.precision,
    'cosine recall': plain.recall,
    'cosine falseHitRate': plain.falseHitRate,
  }));
  return {
    json,
    text: `${formatTable(rows)}\n${formatTable(curve)}\nP-CHR AUC: ${json.pChrAuc}, plain cosine ${json.cosinePChrAuc}; verifier: ${json.verifierMs} ms per pair\n`,
  };
}

function areaBy(judged: readonly JudgedPair[], scoreOf: (pair: JudgedPair) => number): number | null {
  const candidates = judged.map((pair) => ({ same: pair.same, score: scoreOf(pair) }));
  return rounded(precisionHitRatioArea(candidates, judged.length));
}

/** Rounded, as they are shown. */
export function shares(decisions: Parameters<typeof hitMetrics>[0]): HitMetrics {
  const { precision, recall, falseHitRate } = hitMetrics(decisions);
  return { precision: rounded(precision), recall: rounded(recall), falseHitRate: rounded(falseHitRate) };
}
