import { Injectable } from '@nestjs/common';
import { currentRequest } from '../observability/request-context';
import type { Retrieval } from '../retrieval/passage';
import { AnswerFeedback } from '../semantic-cache/answer-feedback';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';
import type { CacheEntry } from '../semantic-cache/cache-entry';
import type { Answer, CacheOutcome } from './answer';
import { CacheCounts } from './cache-counts';
import { CacheHits } from './cache-hits';
import type { SimilarityScale } from '../semantic-cache/similarity-scale';
import { Coherence } from './coherence';
import type { FoundEvidence, QuestionVectors } from './found-evidence';
import type { QuestionContext } from './question-context';
import { type ComparedCandidate, type QuestionMatch, QuestionMatcher } from './question-matcher';

/** Nearest questions looked at: where many questions are alike, the same one is rarely the very nearest. */
const MAX_CANDIDATES = 8;

/** Why the cache did not answer, as `rag_cache_misses_total{reason}` counts it. */
export type MissReason =
  'absent' | 'expired' | 'unavailable' | 'stale' | 'different' | 'joined' | 'bypass' | 'refresh';
export type CacheAttempt =
  | { hit: true; answer: Answer }
  /** `found`: what this very question finds now, where the check of an entry has retrieved it. */
  | { hit: false; reason: MissReason; found?: Retrieval | null };

/** The two layers of the semantic cache, each with the check that what it serves still holds. */
@Injectable()
export class CachedAnswers {
  constructor(
    private readonly cache: SemanticCacheService,
    private readonly coherence: Coherence,
    private readonly matcher: QuestionMatcher,
    private readonly feedback: AnswerFeedback,
    private readonly hits: CacheHits,
    private readonly counts: CacheCounts,
  ) {}

  /** The answer to this very question, up to spelling and politeness. */
  async exact(context: QuestionContext): Promise<CacheAttempt> {
    const found = await this.cache.exact(context.scope, context.question);
    if (!found.hit) return found;
    const { epoch } = context.search;
    // Another wording may have come to find other evidence: then the semantic layer compares them anew.
    if (found.alias && epoch !== null && found.alias.epoch !== epoch) return { hit: false, reason: 'absent' };
    const verdict = await this.coherence.check(found.entry, context);
    if (!verdict.coherent) {
      const { reason, found: evidence } = verdict;
      return { hit: false, reason, found: found.entry.question === context.question ? evidence : null };
    }
    const similarity = found.alias?.similarity ?? 1;
    const { entry, validatedBy } = verdict;
    const certainty = found.alias?.certainty ?? 1;
    return {
      hit: true,
      answer: this.hits.serve(context, entry, { layer: 'exact', similarity, certainty, validatedBy }),
    };
  }

  /** The nearest earlier questions that nothing in their words tells apart from this one. */
  async candidates(context: QuestionContext, { focus }: QuestionVectors): Promise<ComparedCandidate[]> {
    if (focus === null) return [];
    const { minSimilarity } = await this.matcher.scaleOf(context.search);
    const near = await this.cache.nearest(context.scope, focus, MAX_CANDIDATES, minSimilarity);
    return this.matcher.compare(context, near);
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
    return this.hits.serve(
      context,
      entry,
      { layer: 'semantic', similarity, certainty, validatedBy },
      judging,
    );
  }

  scaleOf({ search }: QuestionContext): Promise<SimilarityScale> {
    return this.matcher.scaleOf(search);
  }

  /** Equal for questions that may share an answer by their words alone. */
  idOf({ scope, question }: QuestionContext): string {
    return this.cache.entryId(scope, question);
  }

  /** Counts a question that has to be answered anew. */
  missed(tenantId: string, reason: MissReason): void {
    this.counts.missed(tenantId, reason);
  }

  /** @see CacheHits.joined */
  joined(tenantId: string, answer: Answer): Answer {
    return this.hits.joined(tenantId, answer);
  }

  /** Notes what is about to be served, for users to say that it is wrong. */
  noteServed(context: QuestionContext, { cache: { entryId, matchedQuery } }: Answer): void {
    const requestId = currentRequest()?.requestId;
    if (requestId === undefined || entryId === null) return;
    const asked = { id: this.idOf(context), question: context.question };
    const answered = { id: entryId, question: matchedQuery ?? context.question };
    this.feedback.note(context.scope.tenantId, requestId, asked, answered);
  }
}
