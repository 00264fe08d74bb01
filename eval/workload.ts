import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import { CacheRedis } from '../src/redis/cache-redis';
import { systemClock } from '../src/common/clock';
import { sha256OfParts } from '../src/common/hash';
import type { AppConfig } from '../src/config/app-config';
import { embeddingModelOf } from '../src/models/embedding-models';
import { Metrics } from '../src/observability/metrics';
import { AnswerIndexSelector } from '../src/semantic-cache/answer-index-selector';
import type { CacheScope } from '../src/semantic-cache/cache-scope';
import { verifyQuestions } from '../src/semantic-cache/question-verifier';
import { SemanticCacheService } from '../src/semantic-cache/semantic-cache.service';
import { type Evaluation, requiredText } from './evaluation';
import { share } from './hit-metrics';
import { readJsonLines } from './json-lines';
import { embedTexts } from './question-vectors';
import { withSettings } from './settings';
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
) => { same: boolean; score: number };

/** Nearest questions that the service looks at, as in `src/query/cached-answers.ts`; of those that ask the same the surest is served. */
export const MAX_CANDIDATES = 5;
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

/** Replays a query log through exact and semantic layer; every miss is answered by a metered writer and stored. */
export const workloadEvaluation: Evaluation = {
  summary: 'hits, wrong hits and saved tokens of a query log ({i, q, cluster} per line)',
  flags: { data: { type: 'string', value: 'FILE', required: true } },
  run: (flags, progress) =>
    withSettings(async (config) => {
      const log = readLog(requiredText(flags, 'data'));
      const model = embeddingModelOf(config);
      const texts = log.map(({ q }) => q);
      const vectors = await embedTexts(model, texts, progress).finally(() => model.close());
      const { minScore } = config.semanticCache;
      const judge: QuestionJudge = ({ q }, stored, cosineSimilarity) =>
        verifyQuestions(q, stored, { cosineSimilarity, minimumScore: minScore });
      const json = await replay(config, log, vectors, judge, progress);
      const { queries, hitRate, exact, semantic, wrongShareOfSemantic, tokensSavedShare } = json;
      const row: Record<string, Cell> = { queries, hitRate, exact, semantic, wrongShareOfSemantic };
      return { json, text: formatTable([{ ...row, tokensSavedShare }]) };
    }),
};

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
 */
export async function replay(
  config: AppConfig,
  log: readonly LoggedQuestion[],
  vectors: ReadonlyMap<string, Float32Array>,
  judge: QuestionJudge,
  progress: (line: string) => void,
) {
  // Standard output is for the result.
  Logger.overrideLogger(['error', 'fatal']);
  const cache = await memoryCache(config, log.length);
  const hits = { exact: 0, semantic: 0 };
  const wrong = { exact: 0, semantic: 0 };
  const tokens = { spent: 0, saved: 0 };
  const costPerAnswer = TOKENS_PER_ANSWER.promptTokens + TOKENS_PER_ANSWER.completionTokens;
  for (const [done, question] of log.entries()) {
    const { q, cluster } = question;
    if (done > 0 && done % 2000 === 0) progress(`replayed ${done} of ${log.length} questions`);
    const found = await lookUp(question, vectors.get(q)!, cache, judge);
    if (found === null) {
      await answerAndStore(q, vectors.get(q)!, cluster, cache);
      tokens.spent += costPerAnswer;
      continue;
    }
    tokens.saved += costPerAnswer;
    hits[found.layer]++;
    if (found.response !== cluster) wrong[found.layer]++;
  }
  const shareOf = (part: number, whole: number) => rounded(share(part, whole));
  return {
    queries: log.length,
    hitRate: shareOf(hits.exact + hits.semantic, log.length),
    exact: shareOf(hits.exact, log.length),
    semantic: shareOf(hits.semantic, log.length),
    wrongShareOfSemantic: shareOf(wrong.semantic, hits.semantic),
    wrongShareOfExact: shareOf(wrong.exact, hits.exact),
    tokensSavedShare: shareOf(tokens.saved, tokens.saved + tokens.spent),
  };
}

/**
 * The two layers in the service's order, without coherence: nothing changes during a replay. A wording that was
 * remembered is a semantic hit again, as it is the verifier that answers for it.
 */
async function lookUp(
  asked: LoggedQuestion,
  vector: Float32Array,
  cache: SemanticCacheService,
  judge: QuestionJudge,
) {
  const exact = await cache.exact(SCOPE, asked.q);
  if (exact.hit) {
    return {
      layer: exact.alias ? ('semantic' as const) : ('exact' as const),
      response: exact.entry.response,
    };
  }
  const candidates = await cache.nearest(SCOPE, vector, MAX_CANDIDATES);
  const [surest] = candidates
    .map(({ entry, similarity }) => ({ entry, similarity, ...judge(asked, entry.question, similarity) }))
    .filter(({ same }) => same)
    .sort((a, b) => b.score - a.score);
  if (surest === undefined) return null;
  const { entry, similarity } = surest;
  await cache.rememberWording(SCOPE, asked.q, entry, { epoch: EPOCH, similarity });
  return { layer: 'semantic' as const, response: entry.response };
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
