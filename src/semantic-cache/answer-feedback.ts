import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { SHARED_VALUES, type SharedValues } from '../redis/shared-values';
import { MatchJudgements, pairOf } from './match-judgements';
import { SemanticCacheService } from './semantic-cache.service';
import { ServedAnswers } from './served-answers';

/** A question with the id of its entry, @see SemanticCacheService.entryId */
export interface IdentifiedQuestion {
  id: string;
  question: string;
}

/** What users say of cached answers: a wrong one is evicted, and its question kept apart from the one it answered. */
@Injectable()
export class AnswerFeedback implements OnModuleDestroy {
  private readonly served: ServedAnswers;

  constructor(
    @Inject(SHARED_VALUES) values: SharedValues,
    private readonly cache: SemanticCacheService,
    private readonly judgements: MatchJudgements,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.served = new ServedAnswers(values, clock);
  }

  /**
   * Notes what a request was answered with.
   * @param asked the question, and the id that an entry of its own has or would have
   * @param answered the entry and its question
   */
  note(tenantId: string, requestId: string, asked: IdentifiedQuestion, answered: IdentifiedQuestion): void {
    const isSame = asked.id === answered.id;
    this.served.note(tenantId, requestId, {
      answeredId: answered.id,
      ...(!isSame && { askedId: asked.id, pair: pairOf(asked.question, answered.question) }),
    });
  }

  /**
   * Evicts what a request was answered with, in every wording, and keeps the two questions apart from now on.
   * @returns how many entries were evicted
   * @throws AppError `ANSWER_NOT_FOUND`, `CACHE_UNAVAILABLE`; the database's error where it cannot be asked
   */
  async markWrong(tenantId: string, requestId: string): Promise<number> {
    const note = await this.served.find(tenantId, requestId);
    if (note === null)
      throw new AppError(
        'ANSWER_NOT_FOUND',
        `No cached answer is known for the request ${requestId}; it is for an hour after the answer.`,
        { details: { request_id: requestId } },
      );
    const { answeredId, askedId, pair } = note;
    if (pair !== undefined)
      await this.judgements.record(tenantId, {
        pair,
        source: 'feedback',
        same: false,
        spaceId: null,
        logit: null,
        wasServed: true,
      });
    const ids = askedId === undefined ? [answeredId] : [answeredId, askedId];
    return this.cache.evict(tenantId, ids, 'feedback');
  }

  async onModuleDestroy(): Promise<void> {
    await this.served.write();
  }
}
