import { Injectable } from '@nestjs/common';
import { PrincipalStore } from '../corpus/principal-store';
import { RecentQuestions } from '../retrieval/recent-questions';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';
import { UserPseudonyms } from './user-pseudonyms';

/** What there was of a user. */
export interface ErasedData {
  /** Questions that were noted for upgrades of the embedding space. */
  questions: number;
  /** Cached answers whose question the user asked first. */
  cachedAnswers: number;
  /** Documents whose ACL named the user; it does not any more. */
  documents: number;
  /** API keys that carried the user's principal; they do not any more. */
  apiKeys: number;
}

/** Forgets what a user asked, and that there is such a user. */
@Injectable()
export class UserErasure {
  constructor(
    private readonly pseudonyms: UserPseudonyms,
    private readonly questions: RecentQuestions,
    private readonly cache: SemanticCacheService,
    private readonly principals: PrincipalStore,
  ) {}

  /**
   * May be repeated until it succeeds; what is gone stays gone.
   * @throws AppError `CACHE_UNAVAILABLE` if some of it may remain, `DATABASE_UNAVAILABLE`
   */
  async erase(tenantId: string, userId: string): Promise<ErasedData> {
    const askedBy = this.pseudonyms.of(tenantId, userId);
    const { documents, apiKeys } = await this.principals.remove(tenantId, `user:${userId}`);
    const cachedAnswers = await this.cache.purgeAskedBy(tenantId, askedBy);
    return {
      questions: await this.questions.forgetUser(tenantId, askedBy),
      cachedAnswers,
      documents,
      apiKeys,
    };
  }
}
