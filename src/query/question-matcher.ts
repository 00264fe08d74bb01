import { Injectable } from '@nestjs/common';
import { dotProduct } from '../common/vector';
import { AppConfig } from '../config/app-config';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { AnswerUsage } from '../generation/answer-writer';
import { QuestionJudge } from '../generation/question-judge';
import type { Passage } from '../retrieval/passage';
import type { RetrievalRequest } from '../retrieval/retrieval-request';
import { AnswerFeedback } from '../semantic-cache/answer-feedback';
import type { CacheCandidate, CacheEntry } from '../semantic-cache/cache-entry';
import {
  comparePair,
  type MatchVerdict,
  type QuestionPair,
  verifyMatch,
} from '../semantic-cache/question-verifier';
import type { SimilarityScale } from '../semantic-cache/similarity-scale';
import { restsOnStatements, supportFor } from '../semantic-cache/verifier/answer-support';
import { cutFor } from '../semantic-cache/verifier/match-model';
import { isComparable, readQuestion } from '../semantic-cache/verifier/question';
import { focusOf, withoutSharedParts } from '../text-analysis/question-focus';
import type { QuestionContext } from './question-context';
import { SimilarityScales } from './similarity-scales';

/** A stored answer that answers the new question, as far as can be told. */
export interface QuestionMatch extends CacheCandidate {
  /** Probability, 0 to 1, that it does. */
  certainty: number;
  /** Whether the wording may lead to the entry at once from now on. */
  isSure: boolean;
  /** What it cost to find that out; null where no model was asked. */
  judging: AnswerUsage | null;
}

/** A candidate whose question has been compared with the new one, word by word. */
export interface ComparedCandidate extends CacheCandidate {
  pair: QuestionPair;
  relativeSimilarity: number;
}

/** So far below the cut (in log-odds) a language model is asked, where one judges. */
const DOUBTFUL_LOGITS = 4;

/** Tells which of the nearest stored answers answer a new question. */
@Injectable()
export class QuestionMatcher {
  constructor(
    private readonly feedback: AnswerFeedback,
    private readonly judge: QuestionJudge,
    private readonly embeddings: EmbeddingCaches,
    private readonly scales: SimilarityScales,
    private readonly config: AppConfig,
  ) {}

  /** How similarities of a space are to be read. */
  scaleOf({ space, tenantId }: RetrievalRequest): Promise<SimilarityScale> {
    return this.scales.of(space, tenantId);
  }

  /** Compares the words of the candidates' questions with those of the new one. */
  async compare(
    context: QuestionContext,
    candidates: readonly CacheCandidate[],
  ): Promise<ComparedCandidate[]> {
    if (candidates.length === 0 || !isComparable(context.focus)) return [];
    const scale = await this.scaleOf(context.search);
    const near = candidates.filter(({ similarity }) => similarity >= scale.minSimilarity);
    const compared = await Promise.all(near.map((candidate) => this.compareOne(context, candidate, scale)));
    return compared.filter(({ pair }) => pair.contradiction === null);
  }

  /** The candidates whose words alone make them sure: no content word differs. Nothing is retrieved for them. */
  sureByWords(candidates: readonly ComparedCandidate[]): QuestionMatch[] {
    const cut = this.cut(false);
    return candidates.flatMap(({ pair, entry, similarity, relativeSimilarity }) => {
      const { onlyAsked, onlyStored, inversions } = pair.difference;
      if (onlyAsked.length + onlyStored.length + inversions > 0 && !pair.isOneText) return [];
      const { logit, certainty } = verifyMatch(pair, relativeSimilarity);
      return logit >= cut ? [{ entry, similarity, certainty, isSure: true, judging: null }] : [];
    });
  }

  /**
   * The candidates that answer the question, the surest first. A model is asked about one of them at most, and not before
   * the caller comes to it.
   * @param found what the question finds now
   */
  async *matches(
    { question }: QuestionContext,
    candidates: readonly ComparedCandidate[],
    found: readonly Passage[],
  ): AsyncGenerator<QuestionMatch> {
    const cut = this.cut(true);
    let mayAsk = true;
    for (const { entry, similarity, verdict } of this.plausible(candidates, found)) {
      const { tenantId } = entry;
      if (await this.feedback.areApart(tenantId, question, entry.question)) continue;
      const isForJudge = this.isForJudge(verdict);
      const judgement =
        isForJudge && mayAsk ? await this.judge.compare(tenantId, question, entry.question) : null;
      if (isForJudge) mayAsk = false;
      // Asked once for ever; that two questions are the same is remembered with the answer.
      if (judgement?.same === false) await this.feedback.keepApart(tenantId, question, entry.question);
      const isServed =
        judgement?.same ?? (verdict.logit >= cut && !(isForJudge && this.judging === 'always'));
      if (!isServed) continue;
      const isSure = judgement !== null || verdict.logit >= this.cut(true, 0.5);
      yield { entry, similarity, certainty: verdict.certainty, isSure, judging: judgement?.usage ?? null };
    }
  }

  /** What both texts share word for word has no say: only the rest is compared, and embedded by itself. */
  private async compareOne(
    { focus, search }: QuestionContext,
    candidate: CacheCandidate,
    scale: SimilarityScale,
  ): Promise<ComparedCandidate> {
    const stored = focusOf(candidate.entry.question).focus;
    const rest = withoutSharedParts(focus, stored);
    if (rest === null) {
      const pair = comparePair(readQuestion(focus), readQuestion(stored));
      return { ...candidate, pair, relativeSimilarity: scale.relative(candidate.similarity) };
    }
    const pair = comparePair(readQuestion(rest[0]), readQuestion(rest[1]));
    if (pair.contradiction !== null) return { ...candidate, pair, relativeSimilarity: 0 };
    const [a, b] = await this.embeddings.of(search.space, search.tenantId).embedAll(rest);
    return { ...candidate, pair, relativeSimilarity: scale.relative(dotProduct(a, b)) };
  }

  private plausible(candidates: readonly ComparedCandidate[], found: readonly Passage[]) {
    const cut = this.cut(true);
    const hashes = new Set(found.map(({ contentHash }) => contentHash));
    return candidates
      .filter(({ entry }) => restsOn(entry, hashes))
      .map((candidate) => ({ ...candidate, verdict: this.verdictOf(candidate, found) }))
      .filter(({ verdict }) => verdict.logit >= cut || this.isForJudge(verdict))
      .sort((a, b) => b.verdict.logit - a.verdict.logit);
  }

  private verdictOf(
    { pair, entry, relativeSimilarity }: ComparedCandidate,
    found: readonly Passage[],
  ): MatchVerdict {
    const cited = new Set(entry.citations.map(({ contentHash }) => contentHash));
    const statements =
      entry.support ??
      restsOnStatements(
        pair.stored,
        entry.response,
        found.filter(({ contentHash }) => cited.has(contentHash)),
        found,
      );
    return verifyMatch(pair, relativeSimilarity, supportFor(pair.asked, pair.difference, statements, found));
  }

  private isForJudge({ logit }: MatchVerdict): boolean {
    const cut = this.cut(true);
    if (this.judging === 'off' || logit === Infinity || logit < cut - DOUBTFUL_LOGITS) return false;
    return this.judging === 'always' || logit < cut;
  }

  private get judging() {
    return this.config.semanticCache.judge;
  }

  /** @param share of the error budget */
  private cut(hasEvidence: boolean, share = 1): number {
    return cutFor(share * this.config.semanticCache.errorBudget, hasEvidence);
  }
}

/**
 * Whether the question finds what the cached answer rests on: the passage that it cites first, and at least half of
 * all that it cites. The last of the retrieved passages often tie, so two wordings rarely find all the same ones.
 * @param found content hashes of the passages found now
 */
function restsOn({ citations }: CacheEntry, found: ReadonlySet<string>): boolean {
  const [first, ...others] = citations.map(({ contentHash }) => found.has(contentHash));
  return first && 2 * (1 + others.filter(Boolean).length) >= citations.length;
}
