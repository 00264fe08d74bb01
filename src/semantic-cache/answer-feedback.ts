import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { sha256OfParts } from '../common/hash';
import { orWithoutCache } from '../redis/redis-failure';
import { tenantKey } from '../redis/redis-keys';
import { SHARED_VALUES, type SharedValues } from '../redis/shared-values';
import { canonicalQuestion } from './canonical-question';
import { SemanticCacheService } from './semantic-cache.service';

/** A question with the id of its entry, @see SemanticCacheService.entryId */
export interface IdentifiedQuestion {
  id: string;
  question: string;
}

/** What was served to a request. */
interface ServedAnswer {
  /** Ids of the entry and of the wording that led to it. */
  ids: string[];
  /** Of the question that was asked and the one that was answered, if they differ. */
  pair?: string;
}

/** How long a request can be told to have been answered wrongly. */
const SERVED_MS = 3_600_000;
/** How long two questions are kept apart. */
const APART_MS = 90 * 86_400_000;
/** Notes are written together, so that a hit does not wait for its own. */
const WRITE_MS = 100;
/** Beyond it notes are dropped: the server cannot keep up. */
const MAX_UNWRITTEN = 10_000;

/** What users say of cached answers: a wrong one is evicted, and its question kept apart from the one it answered. */
@Injectable()
export class AnswerFeedback implements OnModuleDestroy {
  private unwritten = new Map<string, string>();
  private timer?: NodeJS.Timeout;

  constructor(
    @Inject(SHARED_VALUES) private readonly values: SharedValues,
    private readonly cache: SemanticCacheService,
  ) {}

  /**
   * Notes what a request was answered with.
   * @param asked the question, and the id that an entry of its own has or would have
   * @param answered the entry and its question
   */
  note(tenantId: string, requestId: string, asked: IdentifiedQuestion, answered: IdentifiedQuestion): void {
    if (this.unwritten.size >= MAX_UNWRITTEN) return;
    const served: ServedAnswer =
      asked.id === answered.id
        ? { ids: [asked.id] }
        : { ids: [answered.id, asked.id], pair: pairOf(asked.question, answered.question) };
    this.unwritten.set(servedKey(tenantId, requestId), JSON.stringify(served));
    this.timer ??= setTimeout(() => void this.write(), WRITE_MS).unref();
  }

  /**
   * Evicts what a request was answered with, in every wording, and keeps the two questions apart from now on.
   * @returns how many entries were evicted
   * @throws AppError `ANSWER_NOT_FOUND`, `CACHE_UNAVAILABLE`
   */
  async markWrong(tenantId: string, requestId: string): Promise<number> {
    await this.write();
    const [note] = await this.values.get([servedKey(tenantId, requestId)]);
    if (note === null)
      throw new AppError(
        'ANSWER_NOT_FOUND',
        `No cached answer is known for the request ${requestId}; it is for an hour after the answer.`,
        { details: { request_id: requestId } },
      );
    const { ids, pair } = JSON.parse(note) as ServedAnswer;
    if (pair !== undefined) await this.values.set(apartKey(tenantId, pair), '1', APART_MS);
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
    await this.write();
  }

  private async write(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const notes = this.unwritten;
    if (notes.size === 0) return;
    this.unwritten = new Map();
    await orWithoutCache(undefined, () => this.values.setAll(notes, SERVED_MS));
  }
}

/** The same for both orders, and however the questions are spelt. */
function pairOf(a: string, b: string): string {
  return sha256OfParts([canonicalQuestion(a), canonicalQuestion(b)].sort());
}

const servedKey = (tenantId: string, requestId: string) => tenantKey(tenantId, 'answer-served', requestId);
const apartKey = (tenantId: string, pair: string) => tenantKey(tenantId, 'answer-apart', pair);
