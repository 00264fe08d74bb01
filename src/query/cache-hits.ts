import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import type { AnswerUsage } from '../generation/answer-writer';
import type { CacheEntry } from '../semantic-cache/cache-entry';
import { type Answer, answerFromCache, type CacheOutcome } from './answer';
import { CacheCounts } from './cache-counts';
import { HitAuditor } from './hit-auditor';
import type { QuestionContext } from './question-context';

/** What a hit is, besides an answer: it is counted with what it saved, and may be looked at again afterwards. */
@Injectable()
export class CacheHits {
  constructor(
    private readonly counts: CacheCounts,
    private readonly auditor: HitAuditor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @param entry was found to hold
   * @param judging what it took to find out that the entry's question asks the same
   */
  serve(
    context: QuestionContext,
    entry: CacheEntry,
    outcome: {
      layer: 'exact' | 'semantic';
      similarity: number;
      certainty: number;
      validatedBy: CacheOutcome['validatedBy'];
    },
    judging: AnswerUsage | null = null,
  ): Answer {
    const answer = answerFromCache(entry, outcome, this.clock.nowMs());
    const { model, savedTokens, savedUsd } = answer.usage;
    this.counts.hit(entry.tenantId, outcome.layer, model, { tokens: savedTokens, usd: savedUsd });
    this.auditor.offer(entry, context);
    if (judging === null) return answer;
    const { promptTokens, completionTokens, costUsd } = judging;
    return { ...answer, usage: { ...answer.usage, promptTokens, completionTokens, costUsd } };
  }

  /** Counts a question that got the answer that another one was getting, and says what that saved. */
  joined(tenantId: string, answer: Answer): Answer {
    const { model, promptTokens, completionTokens, costUsd, ...saved } = answer.usage;
    const savedTokens = saved.savedTokens + promptTokens + completionTokens;
    const savedUsd = saved.savedUsd + costUsd;
    const { layer } = answer.cache;
    if (layer === 'none') this.counts.missed(tenantId, 'joined');
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
}
