import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import { currentRequest } from '../observability/request-context';
import type { AnswerUsage } from '../generation/answer-writer';
import type { Retrieval } from '../retrieval/passage';
import type { CacheEntry } from '../semantic-cache/cache-entry';
import { AnswerFeedback } from '../semantic-cache/answer-feedback';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';
import { type Answer, answerFromCache, type CacheOutcome } from './answer';
import { CacheCounts } from './cache-counts';
import { Coherence } from './coherence';
import type { FoundEvidence } from './found-evidence';
import { HitAuditor } from './hit-auditor';
import type { QuestionContext } from './question-context';
import { QuestionMatcher } from './question-matcher';

/** Nearest questions looked at; beyond the first few none is ever the same question. */
const MAX_CANDIDATES = 5;

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
    private readonly auditor: HitAuditor,
    private readonly counts: CacheCounts,
    @Inject(CLOCK) private readonly clock: Clock,
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
    return this.serve(context, verdict.entry, {
      layer: 'exact',
      similarity,
      validatedBy: verdict.validatedBy,
    });
  }

  /**
   * The answer to a question that asks the same in other words and finds the same evidence.
   * @param evidence what the question finds now
   */
  async semantic(context: QuestionContext, { vector, retrieval }: FoundEvidence): Promise<CacheAttempt> {
    if (vector === null) return { hit: false, reason: 'unavailable' };
    const candidates = await this.cache.nearest(context.scope, vector, MAX_CANDIDATES);
    let reason: MissReason = candidates.length > 0 ? 'different' : 'absent';
    const found = new Set(retrieval.passages.map(({ contentHash }) => contentHash));
    for await (const match of this.matcher.matches(context.question, candidates, found)) {
      const { entry, similarity, judging } = match;
      const verdict = await this.coherence.check(entry, context);
      if (!verdict.coherent) {
        reason = verdict.reason;
        continue;
      }
      const { epoch } = verdict.entry;
      void this.cache.rememberWording(context.scope, context.question, entry, { epoch, similarity });
      const { validatedBy } = verdict;
      return this.serve(context, verdict.entry, { layer: 'semantic', similarity, validatedBy }, judging);
    }
    return { hit: false, reason };
  }

  /** Equal for questions that may share an answer by their words alone. */
  idOf({ scope, question }: QuestionContext): string {
    return this.cache.entryId(scope, question);
  }

  /** Counts a question that has to be answered anew. */
  missed(tenantId: string, reason: MissReason): void {
    this.counts.missed(tenantId, reason);
  }

  /** Counts a question that got the answer that another one was getting, and says what that saved. */
  joined(tenantId: string, answer: Answer): Answer {
    const { model, promptTokens, completionTokens, costUsd, ...saved } = answer.usage;
    const savedTokens = saved.savedTokens + promptTokens + completionTokens;
    const savedUsd = saved.savedUsd + costUsd;
    const { layer } = answer.cache;
    if (layer === 'none') this.missed(tenantId, 'joined');
    else this.counts.hit(tenantId, layer, model, { tokens: savedTokens, usd: savedUsd });
    const usage = {
      model,
      promptTokens: 0,
      completionTokens: 0,
      costUsd: 0,
      savedTokens,
      savedUsd,
      route: null,
    };
    return { ...answer, usage };
  }

  /** Notes what is about to be served, for users to say that it is wrong. */
  noteServed(context: QuestionContext, { cache: { entryId, matchedQuery } }: Answer): void {
    const requestId = currentRequest()?.requestId;
    if (requestId === undefined || entryId === null) return;
    const asked = { id: this.idOf(context), question: context.question };
    const answered = { id: entryId, question: matchedQuery ?? context.question };
    this.feedback.note(context.scope.tenantId, requestId, asked, answered);
  }

  private serve(
    context: QuestionContext,
    entry: CacheEntry,
    outcome: { layer: 'exact' | 'semantic'; similarity: number; validatedBy: CacheOutcome['validatedBy'] },
    judging: AnswerUsage | null = null,
  ): CacheAttempt {
    const answer = answerFromCache(entry, outcome, this.clock.nowMs());
    const { model, savedTokens, savedUsd } = answer.usage;
    this.counts.hit(entry.tenantId, outcome.layer, model, { tokens: savedTokens, usd: savedUsd });
    this.auditor.offer(entry, context);
    if (judging === null) return { hit: true, answer };
    const { promptTokens, completionTokens, costUsd } = judging;
    return {
      hit: true,
      answer: { ...answer, usage: { ...answer.usage, promptTokens, completionTokens, costUsd } },
    };
  }
}
