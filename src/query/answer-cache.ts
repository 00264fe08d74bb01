import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import type { AnswerUsage, WrittenAnswer } from '../generation/answer-writer';
import { Metrics } from '../observability/metrics';
import { currentRequest } from '../observability/request-context';
import type { Passage, Retrieval } from '../retrieval/passage';
import { AnswerFeedback } from '../semantic-cache/answer-feedback';
import type { CacheEntry } from '../semantic-cache/cache-entry';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';
import { restsOnStatements } from '../semantic-cache/verifier/answer-support';
import { isComparable, readQuestion } from '../semantic-cache/verifier/question';
import { SavingsTally } from '../usage/savings-tally';
import { type Answer, answerFromCache, type CacheOutcome, toCitations } from './answer';
import { Coherence } from './coherence';
import { HitAuditor } from './hit-auditor';
import type { FoundEvidence, QuestionContext, QuestionVectors } from './question-context';
import { type ComparedCandidate, type QuestionMatch, QuestionMatcher } from './question-matcher';
import { SimilarityScales } from './similarity-scales';

/** Nearest questions looked at: where many questions are alike, the same one is rarely the very nearest. */
const MAX_CANDIDATES = 8;

/** Why the cache did not answer, as `rag_cache_misses_total{reason}` counts it. */
export type MissReason =
  'absent' | 'expired' | 'unavailable' | 'stale' | 'different' | 'joined' | 'bypass' | 'refresh';
export type CacheAttempt =
  | { hit: true; answer: Answer }
  /** `found`: what this very question finds now, where the check of an entry has retrieved it. */
  | { hit: false; reason: MissReason; found?: Retrieval | null };

/**
 * Answers that were given before: the exact and the semantic layer, each with the check that what it serves still holds,
 * and the account of what they answered.
 */
@Injectable()
export class AnswerCache {
  constructor(
    private readonly cache: SemanticCacheService,
    private readonly coherence: Coherence,
    private readonly matcher: QuestionMatcher,
    private readonly scales: SimilarityScales,
    private readonly feedback: AnswerFeedback,
    private readonly auditor: HitAuditor,
    private readonly savings: SavingsTally,
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Equal for questions that may share an answer by their words alone. */
  idOf({ scope, question }: QuestionContext): string {
    return this.cache.entryId(scope, question);
  }

  /** The answer to this very question, up to spelling and politeness. */
  async exact(context: QuestionContext): Promise<CacheAttempt> {
    const found = await this.cache.exact(context.scope, context.question);
    if (!found.hit) return found;
    const { epoch } = context.search;
    // Another wording may have come to find other evidence: then the semantic layer compares them again.
    if (found.alias && epoch !== null && found.alias.epoch !== epoch) return { hit: false, reason: 'absent' };
    const verdict = await this.coherence.check(found.entry, context);
    if (!verdict.coherent) {
      const { reason, found: evidence } = verdict;
      return { hit: false, reason, found: found.entry.question === context.question ? evidence : null };
    }
    const { similarity = 1, certainty = 1 } = found.alias ?? {};
    const { entry, validatedBy } = verdict;
    return {
      hit: true,
      answer: this.serve(context, entry, { layer: 'exact', similarity, certainty, validatedBy }),
    };
  }

  /** The nearest earlier questions that nothing in their words tells apart from this one; none while the embedding model fails. */
  async candidates(context: QuestionContext, { focus }: QuestionVectors): Promise<ComparedCandidate[]> {
    if (focus === null) return [];
    const { space, tenantId } = context.search;
    try {
      const scale = await this.scales.of(space, tenantId);
      const near = await this.cache.nearest(context.scope, focus, MAX_CANDIDATES, scale.minSimilarity);
      return await this.matcher.compare(context, near, scale);
    } catch (error) {
      if (error instanceof AppError && error.code === 'EMBEDDING_UNAVAILABLE') return [];
      throw error;
    }
  }

  /** The answer to a question of the same content words, as long as nothing has changed since it was known to hold. */
  async sameWords(context: QuestionContext, candidates: readonly ComparedCandidate[]): Promise<CacheAttempt> {
    const { epoch } = context.search;
    const current = candidates.filter(({ entry }) => epoch !== null && entry.epoch === epoch);
    const match = await this.matcher.sureByWords(context, current);
    if (match === null) return { hit: false, reason: candidates.length > 0 ? 'different' : 'absent' };
    return { hit: true, answer: this.serveMatch(context, match, match.entry, 'epoch') };
  }

  /**
   * The answer to a question that asks the same in other words and finds what that answer rests on.
   * @param evidence what the question finds now
   */
  async semantic(
    context: QuestionContext,
    candidates: readonly ComparedCandidate[],
    { vectors, retrieval }: FoundEvidence,
  ): Promise<CacheAttempt> {
    if (vectors.focus === null) return { hit: false, reason: 'unavailable' };
    let reason: MissReason = candidates.length > 0 ? 'different' : 'absent';
    for await (const match of this.matcher.matches(context, candidates, retrieval.passages)) {
      const verdict = await this.coherence.check(match.entry, context);
      if (!verdict.coherent) {
        reason = verdict.reason;
        continue;
      }
      return { hit: true, answer: this.serveMatch(context, match, verdict.entry, verdict.validatedBy) };
    }
    return { hit: false, reason };
  }

  /**
   * Keeps what was written, if it is grounded and finished, and nothing was missing when its evidence was retrieved.
   * @returns its time to live in seconds; null if it is not kept
   */
  async store(
    context: QuestionContext,
    { vectors, retrieval }: FoundEvidence,
    written: WrittenAnswer,
  ): Promise<number | null> {
    const { passages, fingerprint, degraded } = retrieval;
    const { epoch } = context.search;
    if (vectors.question === null || vectors.focus === null || degraded || epoch === null) return null;
    if (!this.isWorthKeeping(written, passages)) return null;
    return this.cache.store({
      scope: context.scope,
      question: context.question,
      askedBy: context.askedBy,
      // Without one it is found by its very words alone.
      vector: context.isComposed || !isComparable(context.focus) ? null : vectors.focus,
      response: written.text,
      citations: toCitations(written.cited, passages),
      fingerprint,
      evidence: passages.map(({ contentHash }) => contentHash),
      support: restsOnStatements(
        readQuestion(context.focus),
        written.text,
        written.cited.map((n) => passages[n - 1]),
        passages,
      ),
      epoch,
      documentIds: [...new Set(passages.map(({ documentId }) => documentId))],
      usage: written.usage,
      freshestSourceMs: Math.max(...passages.map(({ lastModified }) => lastModified.getTime())),
    });
  }

  /** Counts a question that the cache did not answer. */
  missed(tenantId: string, reason: MissReason): void {
    this.metrics.cacheMisses.inc({ reason });
    this.cache.recordMiss(tenantId);
  }

  /** Counts a question that got the answer that another one was getting, and says what that saved. */
  joined(tenantId: string, answer: Answer): Answer {
    const { model, promptTokens, completionTokens, costUsd, ...saved } = answer.usage;
    const savedTokens = saved.savedTokens + promptTokens + completionTokens;
    const savedUsd = saved.savedUsd + costUsd;
    const { layer } = answer.cache;
    if (layer === 'none') this.missed(tenantId, 'joined');
    else this.countHit(tenantId, layer, model, { tokens: savedTokens, usd: savedUsd });
    const usage = { promptTokens: 0, completionTokens: 0, costUsd: 0, savedTokens, savedUsd, route: null };
    return { ...answer, usage: { model, ...usage } };
  }

  /** Notes what is about to be served, for users to say that it is wrong. */
  noteServed(context: QuestionContext, { cache: { entryId, matchedQuery } }: Answer): void {
    const requestId = currentRequest()?.requestId;
    if (requestId === undefined || entryId === null) return;
    const asked = { id: this.idOf(context), question: context.question };
    const answered = { id: entryId, question: matchedQuery ?? context.question };
    this.feedback.note(context.scope.tenantId, requestId, asked, answered);
  }

  private isWorthKeeping(
    { answered, complete, cited }: WrittenAnswer,
    passages: readonly Passage[],
  ): boolean {
    const { minEvidence } = this.config.semanticCache;
    return answered && complete && cited.some((n) => passages[n - 1].score >= minEvidence);
  }

  private serveMatch(
    context: QuestionContext,
    match: QuestionMatch,
    entry: CacheEntry,
    validatedBy: CacheOutcome['validatedBy'],
  ): Answer {
    const { similarity, certainty, isSure, judging } = match;
    this.matcher.served(context, match);
    // Whoever re-words a question does not bind the wording to an answer that is doubtful.
    if (isSure)
      void this.cache.rememberWording(context.scope, context.question, entry, {
        epoch: entry.epoch,
        similarity,
        certainty,
      });
    return this.serve(context, entry, { layer: 'semantic', similarity, certainty, validatedBy }, judging);
  }

  /**
   * @param entry was found to hold
   * @param judging what it took to find out that the entry's question asks the same
   */
  private serve(
    context: QuestionContext,
    entry: CacheEntry,
    outcome: Pick<CacheOutcome, 'similarity' | 'certainty' | 'validatedBy'> & {
      layer: 'exact' | 'semantic';
    },
    judging: AnswerUsage | null = null,
  ): Answer {
    const answer = answerFromCache(entry, outcome, this.clock.nowMs());
    const { model, savedTokens, savedUsd } = answer.usage;
    this.countHit(entry.tenantId, outcome.layer, model, { tokens: savedTokens, usd: savedUsd });
    this.auditor.offer(entry, context);
    if (judging === null) return answer;
    const { promptTokens, completionTokens, costUsd } = judging;
    return { ...answer, usage: { ...answer.usage, promptTokens, completionTokens, costUsd } };
  }

  /** @param model that wrote the answer first */
  private countHit(
    tenantId: string,
    layer: 'exact' | 'semantic',
    model: string,
    saved: { tokens: number; usd: number },
  ): void {
    this.metrics.cacheHits.inc({ layer });
    this.metrics.tokensSaved.inc({ model }, saved.tokens);
    this.cache.recordHit(tenantId, layer, saved);
    this.savings.add(tenantId, model, saved);
  }
}
