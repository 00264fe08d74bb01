import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import { Metrics } from '../observability/metrics';
import type { Retrieval } from '../retrieval/passage';
import type { CacheEntry } from '../semantic-cache/cache-entry';
import { verifyQuestions } from '../semantic-cache/question-verifier';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';
import { profileQuestion } from '../semantic-cache/verifier/question-profile';
import { type Answer, answerFromCache, type CacheOutcome } from './answer';
import { Coherence } from './coherence';
import type { QuestionContext } from './question-context';

/** Nearest questions looked at; beyond the first few none is ever the same question. */
const MAX_CANDIDATES = 5;

/** Why the cache did not answer, as `rag_cache_misses_total{reason}` counts it. */
export type MissReason = 'absent' | 'expired' | 'unavailable' | 'stale' | 'different' | 'bypass' | 'refresh';
export type CacheAttempt = { hit: true; answer: Answer } | { hit: false; reason: MissReason };

/** The two layers of the semantic cache, each with the check that what it serves still holds. */
@Injectable()
export class CachedAnswers {
  constructor(
    private readonly cache: SemanticCacheService,
    private readonly coherence: Coherence,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The answer to this very question, up to spelling and politeness. */
  async exact(context: QuestionContext): Promise<CacheAttempt> {
    const found = await this.cache.exact(context.scope, context.question);
    if (!found.hit) return found;
    const verdict = await this.coherence.check(found.entry, context);
    if (!verdict.coherent) return { hit: false, reason: verdict.reason };
    return this.serve(verdict.entry, { layer: 'exact', similarity: 1, validatedBy: verdict.validatedBy });
  }

  /**
   * The answer to a question that asks the same in other words and finds the same evidence.
   * @param vector the question's, L2-normalised
   * @param retrieval what the question finds now
   */
  async semantic(
    context: QuestionContext,
    vector: Float32Array,
    retrieval: Retrieval,
  ): Promise<CacheAttempt> {
    const candidates = await this.cache.nearest(context.scope, vector, MAX_CANDIDATES);
    let reason: MissReason = candidates.length > 0 ? 'different' : 'absent';
    const profile = profileQuestion(context.question);
    const found = new Set(retrieval.passages.map(({ contentHash }) => contentHash));
    for (const { entry, similarity } of candidates) {
      const { same } = verifyQuestions(profile, entry.question, {
        cosineSimilarity: similarity,
        passageAgreement: agreement(entry, found),
      });
      if (!same || !restsOn(entry, found)) continue;
      const verdict = await this.coherence.check(entry, context);
      if (!verdict.coherent) {
        reason = verdict.reason;
        continue;
      }
      return this.serve(verdict.entry, { layer: 'semantic', similarity, validatedBy: verdict.validatedBy });
    }
    return { hit: false, reason };
  }

  /** Counts a question that has to be answered anew. */
  missed(tenantId: string, reason: MissReason): void {
    this.metrics.cacheMisses.inc({ reason });
    this.cache.recordMiss(tenantId);
  }

  private serve(
    entry: CacheEntry,
    outcome: { layer: 'exact' | 'semantic'; similarity: number; validatedBy: CacheOutcome['validatedBy'] },
  ): CacheAttempt {
    const answer = answerFromCache(entry, outcome, this.clock.nowMs());
    const { model, savedTokens, savedUsd } = answer.usage;
    this.metrics.cacheHits.inc({ layer: outcome.layer });
    this.metrics.tokensSaved.inc({ model }, savedTokens);
    this.cache.recordHit(entry.tenantId, outcome.layer, { tokens: savedTokens, usd: savedUsd });
    return { hit: true, answer };
  }
}

/** Jaccard overlap (0 to 1) of what the entry's question retrieved and what is found now. */
function agreement(entry: CacheEntry, found: ReadonlySet<string>): number {
  const then = new Set(entry.evidence);
  const shared = [...found].filter((hash) => then.has(hash)).length;
  return shared / Math.max(1, found.size + then.size - shared);
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
