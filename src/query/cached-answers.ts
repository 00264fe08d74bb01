import { Injectable } from '@nestjs/common';
import { currentRequest } from '../observability/request-context';
import type { Retrieval } from '../retrieval/passage';
import { AnswerFeedback } from '../semantic-cache/answer-feedback';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';
import type { Answer } from './answer';
import { CacheCounts } from './cache-counts';
import { CacheHits } from './cache-hits';
import { Coherence } from './coherence';
import type { FoundEvidence } from './found-evidence';
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
    return {
      hit: true,
      answer: this.hits.serve(context, entry, { layer: 'exact', similarity, validatedBy }),
    };
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
      const outcome = { layer: 'semantic', similarity, validatedBy } as const;
      return { hit: true, answer: this.hits.serve(context, verdict.entry, outcome, judging) };
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
