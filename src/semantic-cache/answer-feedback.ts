import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { sha256OfParts } from '../common/hash';
import { orWithoutCache } from '../redis/redis-failure';
import { tenantKey } from '../redis/redis-keys';
import { SHARED_VALUES, type SharedValues } from '../redis/shared-values';
import { canonicalQuestion } from './canonical-question';
import { SemanticCacheService } from './semantic-cache.service';
import { ServedAnswers } from './served-answers';

/** A question with the id of its entry, @see SemanticCacheService.entryId */
export interface IdentifiedQuestion {
  id: string;
  question: string;
}

/** How long two questions are kept apart. */
const APART_MS = 90 * 86_400_000;

/** What users say of cached answers: a wrong one is evicted, and its question kept apart from the one it answered. */
@Injectable()
export class AnswerFeedback implements OnModuleDestroy {
  private readonly served: ServedAnswers;

  constructor(
    @Inject(SHARED_VALUES) private readonly values: SharedValues,
    private readonly cache: SemanticCacheService,
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
   * @throws AppError `ANSWER_NOT_FOUND`, `CACHE_UNAVAILABLE`
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
    if (pair !== undefined) await this.values.set(apartKey(tenantId, pair), '1', APART_MS);
    const ids = askedId === undefined ? [answeredId] : [answeredId, askedId];
    return this.cache.evict(tenantId, ids, 'feedback');
  }

  /** Has two questions not answered by each other's answers from now on; without effect while nothing can be stored. */
  async keepApart(tenantId: string, a: string, b: string): Promise<void> {
    const key = apartKey(tenantId, pairOf(a, b));
    await orWithoutCache(undefined, () => this.values.set(key, '1', APART_MS));
  }

  /** Whether two questions were said to ask different things. */
  async areApart(tenantId: string, a: string, b: string): Promise<boolean> {
    // Where nobody can tell, it is better to answer anew.
    return orWithoutCache(true, async () => {
      const [apart] = await this.values.get([apartKey(tenantId, pairOf(a, b))]);
      return apart !== null;
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.served.write();
  }
}

/** The same for both orders, and however the questions are spelt. */
function pairOf(a: string, b: string): string {
  return sha256OfParts([canonicalQuestion(a), canonicalQuestion(b)].sort());
}

const apartKey = (tenantId: string, pair: string) => tenantKey(tenantId, 'answer-apart', pair);
