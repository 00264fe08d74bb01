import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import { CacheRedis } from '../src/redis/cache-redis';
import { systemClock } from '../src/common/clock';
import { sha256OfParts } from '../src/common/hash';
import type { AppConfig } from '../src/config/app-config';
import { embeddingModelOf } from '../src/models/embedding-models';
import { Metrics } from '../src/observability/metrics';
import { areKeptApart } from '../src/semantic-cache/verifier/calibration';
import { AnswerIndexSelector } from '../src/semantic-cache/answer-index-selector';
import type { CacheScope } from '../src/semantic-cache/cache-scope';
import { SemanticCacheService } from '../src/semantic-cache/semantic-cache.service';
import { seededRandom } from '../test/support/seeded-random';
import { shuffled } from './attributes/field';
import { type Evaluation, type Flags, requiredText, shareOf, wholeOf } from './evaluation';
import { precisionHitRatioArea, type ScoredCandidate, share } from './hit-metrics';
import { readJsonLines } from './json-lines';
import { PairJudge } from './pair-judge';
import { embedTexts } from './question-vectors';
import { withSettings } from './settings';
import { OnlineLearning } from './online-learning';
import type { JudgeSettings } from './simulated-judge';
import { type Cell, formatTable, rounded } from './table';

/** One question of a log; those of one cluster have the same answer. */
export interface LoggedQuestion {
  i: number;
  q: string;
  cluster: string;
}

/** Says whether a stored question asks the same as a logged one, and how sure that is. */
export type QuestionJudge = (
  asked: LoggedQuestion,
  stored: string,
  cosineSimilarity: number,
) => { same: boolean; score: number; logit: number };

/** Nearest questions that the service looks at, as in `src/query/cached-answers.ts`; of those that ask the same the surest is served. */
export const MAX_CANDIDATES = 8;
/** So far below the cut (in log-odds) a judge is asked, as in `src/query/question-matcher.ts`. */
const DOUBTFUL_LOGITS = 2;
const DEFAULT_SEED = 1;
/** What an answer costs, whatever the question: shares do not depend on it. */
const TOKENS_PER_ANSWER = { promptTokens: 800, completionTokens: 150 };
const EPOCH = '1';
const YEAR_MS = 365 * 86_400_000;

/** Everybody asks the same collection with the same settings. */
const SCOPE: CacheScope = {
  tenantId: 'evaluation',
  collectionId: 'evaluation',
  principals: [],
  filters: '{}',
  topK: 5,
  promptVersion: '1',
  embeddingSpace: { id: 1, model: 'use-lite' },
  retrieval: 'trust',
  languageModel: 'metered',
};

/** From which logit on a match is served, and who judges some. */
interface Decision {
  cut: number;
  learning: OnlineLearning | null;
}

/** What a replay came to. */
type Replay = Awaited<ReturnType<typeof replay>>;

/** Replays a query log through exact and semantic layer; every miss is answered by a metered writer and stored. */
export const workloadEvaluation: Evaluation = {
  summary: 'hits, wrong hits and saved tokens of a query log ({i, q, cluster} per line)',
  flags: {
    data: { type: 'string', value: 'FILE', required: true },
    'judge-accuracy': { type: 'string', value: '0-1' },
    'judge-share': { type: 'string', value: '0-1' },
    budget: { type: 'string', value: '0-1' },
    shuffles: { type: 'string', value: 'N' },
    seed: { type: 'string', value: 'N' },
  },
  run: (flags, progress) =>
    withSettings(async (config) => {
      const judgeSettings = readJudge(flags);
      const budget = shareOf(flags, 'budget');
      const shuffles = wholeOf(flags, 'shuffles', 0);
      const random = seededRandom(wholeOf(flags, 'seed', DEFAULT_SEED));
      const log = readLog(requiredText(flags, 'data'));
      const model = embeddingModelOf(config);
      const texts = log.map(({ q }) => q);
      const vectors = await embedTexts(model, texts, progress);
      const pairs = await PairJudge.for(model, config, budget ?? undefined);
      await model.close();
      const judge: QuestionJudge = ({ q }, stored, cosineSimilarity) =>
        pairs.judge(q, stored, cosineSimilarity);
      const replayed = (order: readonly LoggedQuestion[]) => {
        const { cut } = pairs;
        const errorBudget = budget ?? config.semanticCache.errorBudget;
        const learning =
          judgeSettings === null ? null : new OnlineLearning(judgeSettings, cut, errorBudget, random);
        return replay(config, order, vectors, judge, progress, { cut, learning });
      };
      const inOrder = await replayed(log);
      const runs: Replay[] = [];
      for (let n = 1; n <= shuffles; n++) {
        progress(`shuffle ${n} of ${shuffles}`);
        runs.push(await replayed(shuffled(log, random)));
      }
      const json = { ...inOrder, ...(runs.length > 0 && { shuffles: reportShuffles(runs, budget) }) };
      return { json, text: formatTable([inOrder, ...runs].map(toRow)) };
    }),
};

function readJudge(flags: Flags): JudgeSettings | null {
  const accuracy = shareOf(flags, 'judge-accuracy');
  const share = shareOf(flags, 'judge-share');
  if (accuracy === null && share === null) return null;
  return { accuracy: accuracy ?? 1, share: share ?? 1 };
}

function toRow({ queries, hitRate, exact, semantic, wrongShareOfSemantic, ...rest }: Replay) {
  const { pChrAuc, tokensSavedShare } = rest;
  const row: Record<string, Cell> = { queries, hitRate, exact, semantic, wrongShareOfSemantic };
  return { ...row, pChrAuc, tokensSavedShare };
}

/** What the semantic layer got wrong in each order, and in how many of them no more than the budget allows. */
function reportShuffles(runs: readonly Replay[], budget: number | null) {
  const wrongShares = runs.map(({ wrongShareOfSemantic }) => wrongShareOfSemantic ?? 0);
  const within = wrongShares.filter((wrong) => budget !== null && wrong <= budget).length;
  return {
    count: runs.length,
    budget,
    withinBudget: budget === null ? null : within,
    wrongShares,
    hitRates: runs.map(({ hitRate }) => hitRate),
  };
}

/** The questions of a log in the order in which they were asked. @throws EvaluationInputError for a malformed file */
export function readLog(file: string): LoggedQuestion[] {
  const fields = { i: 'number', q: 'string', cluster: 'string' } as const;
  return readJsonLines<LoggedQuestion>(file, fields).sort((x, y) => x.i - y.i);
}

/** The service's cache on an index in memory that holds the whole log. */
async function memoryCache(config: AppConfig, entries: number): Promise<SemanticCacheService> {
  const metrics = new Metrics(new Registry());
  const noRedis = new CacheRedis({ url: null, timeoutMs: 50 }, metrics);
  const setting = { ...config.semanticCache, index: 'memory' as const, memoryEntries: entries };
  const selector = new AnswerIndexSelector(setting, noRedis, systemClock);
  await selector.start();
  return new SemanticCacheService(selector, config, metrics, systemClock);
}

/**
 * Replays a log through exact and semantic layer.
 * @param vectors of all its questions
 * @param cut least logit at which a match is served; without `learning` nothing is judged
 */
export async function replay(
  config: AppConfig,
  log: readonly LoggedQuestion[],
  vectors: ReadonlyMap<string, Float32Array>,
  judge: QuestionJudge,
  progress: (line: string) => void,
  decision: Decision,
) {
  // Standard output is for the result.
  Logger.overrideLogger(['error', 'fatal']);
  const cache = await memoryCache(config, log.length);
  const hits = { exact: 0, semantic: 0 };
  const wrong = { exact: 0, semantic: 0 };
  const tokens = { spent: 0, saved: 0 };
  const best: ScoredCandidate[] = [];
  const costPerAnswer = TOKENS_PER_ANSWER.promptTokens + TOKENS_PER_ANSWER.completionTokens;
  for (const [done, question] of log.entries()) {
    const { q, cluster } = question;
    if (done > 0 && done % 2000 === 0) progress(`replayed ${done} of ${log.length} questions`);
    const { found, candidate } = await lookUp(question, vectors.get(q)!, cache, judge, decision);
    if (candidate !== null) best.push(candidate);
    if (found === null) {
      await answerAndStore(q, vectors.get(q)!, cluster, cache);
      tokens.spent += costPerAnswer;
      continue;
    }
    tokens.saved += costPerAnswer;
    hits[found.layer]++;
    if (found.response !== cluster) wrong[found.layer]++;
  }
  const partOf = (part: number, whole: number) => rounded(share(part, whole));
  return {
    queries: log.length,
    hitRate: partOf(hits.exact + hits.semantic, log.length),
    exact: partOf(hits.exact, log.length),
    semantic: partOf(hits.semantic, log.length),
    wrongShareOfSemantic: partOf(wrong.semantic, hits.semantic),
    wrongShareOfExact: partOf(wrong.exact, hits.exact),
    pChrAuc: rounded(precisionHitRatioArea(best, log.length)),
    tokensSavedShare: partOf(tokens.saved, tokens.saved + tokens.spent),
  };
}

/**
 * The two layers in the service's order, without coherence: nothing changes during a replay. A wording that was
 * remembered is a semantic hit again, as it is the verifier that answers for it.
 * @returns besides what is served the surest candidate, served or not
 */
async function lookUp(
  asked: LoggedQuestion,
  vector: Float32Array,
  cache: SemanticCacheService,
  judge: QuestionJudge,
  { cut, learning }: Decision,
) {
  learning?.noteAsked();
  const exact = await cache.exact(SCOPE, asked.q);
  if (exact.hit) {
    const { response } = exact.entry;
    const layer = exact.alias ? ('semantic' as const) : ('exact' as const);
    return { found: { layer, response }, candidate: { score: 1, same: response === asked.cluster } };
  }
  const candidates = (await cache.nearest(SCOPE, vector, MAX_CANDIDATES, -1))
    .map(({ entry, similarity }) => ({ entry, similarity, ...judge(asked, entry.question, similarity) }))
    .sort((a, b) => b.score - a.score);
  const [surest] = candidates;
  const candidate =
    surest === undefined ? null : { score: surest.score, same: surest.entry.response === asked.cluster };
  const beliefIn = ({ entry, logit }: (typeof candidates)[number]) =>
    learning?.beliefIn(asked.q, entry.question, logit) ?? logit;
  const isApart = ({ entry }: (typeof candidates)[number]) =>
    learning !== null && areKeptApart(learning.verdictsOn(asked.q, entry.question));
  const possible = candidates.filter((one) => !isApart(one)).sort((a, b) => beliefIn(b) - beliefIn(a));
  const leastLogit = cut + (learning?.cutOffset ?? 0);
  let mayAsk = learning !== null;
  for (const one of possible) {
    const { entry, similarity, logit } = one;
    const pair = [asked.q, entry.question] as const;
    const isTrue = entry.response === asked.cluster;
    const wasSure = beliefIn(one) >= leastLogit;
    if (!wasSure && mayAsk && logit >= leastLogit - DOUBTFUL_LOGITS) {
      learning?.judge('doubtful', pair, logit, isTrue);
      mayAsk = false;
    }
    if (isApart(one) || beliefIn(one) < leastLogit) continue;
    if (wasSure) learning?.judge('served', pair, logit, isTrue);
    // Served, but for the last time.
    if (!isApart(one)) await cache.rememberWording(SCOPE, asked.q, entry, { epoch: EPOCH, similarity });
    return { found: { layer: 'semantic' as const, response: entry.response }, candidate };
  }
  return { found: null, candidate };
}

/** @param cluster stands for the answer: two questions have the same answer exactly if they have the same cluster */
async function answerAndStore(
  question: string,
  vector: Float32Array,
  cluster: string,
  cache: SemanticCacheService,
): Promise<void> {
  const contentHash = sha256OfParts([cluster]);
  await cache.store({
    scope: SCOPE,
    question,
    vector,
    response: cluster,
    citations: [
      {
        n: 1,
        documentId: cluster,
        externalId: cluster,
        version: 1,
        chunkId: cluster,
        start: 0,
        end: cluster.length,
        title: null,
        score: 1,
        excerpt: cluster,
        contentHash,
      },
    ],
    fingerprint: contentHash,
    evidence: [contentHash],
    epoch: EPOCH,
    documentIds: [cluster],
    usage: { model: SCOPE.languageModel, ...TOKENS_PER_ANSWER, costUsd: 0 },
    // Old sources: nothing expires during a replay.
    freshestSourceMs: systemClock.nowMs() - YEAR_MS,
  });
}
