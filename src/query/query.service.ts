import { Injectable, Logger } from '@nestjs/common';
import type { Principal } from '../auth/principal';
import { AppError } from '../common/app-error';
import { EmbeddingCacheService } from '../embedding-cache/embedding-cache.service';
import { RetrievalService } from '../retrieval/retrieval.service';
import type { Answer } from './answer';
import { AnswerProducer } from './answer-producer';
import { CachedAnswers, type MissReason } from './cached-answers';
import type { QueryDto } from './query.dto';
import { ScopeResolver } from './scope-resolver';

/** A question's way through the house, from top to bottom. @see docs/architecture.md */
@Injectable()
export class QueryService {
  private readonly logger = new Logger(QueryService.name);

  constructor(
    private readonly scopes: ScopeResolver,
    private readonly cached: CachedAnswers,
    private readonly embeddings: EmbeddingCacheService,
    private readonly retrieval: RetrievalService,
    private readonly producer: AnswerProducer,
  ) {}

  /**
   * @throws AppError `COLLECTION_NOT_FOUND`, `DATABASE_UNAVAILABLE`, `LLM_UNAVAILABLE`
   */
  async answer(dto: QueryDto, principal: Principal, signal?: AbortSignal): Promise<Answer> {
    const mode = dto.cache ?? 'use';
    const context = await this.scopes.resolve(dto, principal);

    if (mode === 'use') {
      const exact = await this.cached.exact(context);
      if (exact.hit) return exact.answer;
      // Without Postgres there is no retrieval either: only the exact layer can answer.
      if (context.search.epoch === null)
        throw new AppError('DATABASE_UNAVAILABLE', 'The database cannot be reached; try again shortly.', {
          retryAfterSeconds: 2,
        });
    }

    const vector = await this.embed(dto.query, signal);
    const retrieval = await this.retrieval.retrieve(dto.query, vector, context.search);

    let reason: MissReason = mode === 'use' ? 'absent' : mode;
    if (mode === 'use' && vector !== null) {
      const semantic = await this.cached.semantic(context, vector, retrieval);
      if (semantic.hit) return semantic.answer;
      reason = semantic.reason;
    }
    this.cached.missed(principal.tenantId, reason);

    // An answer written without the vector arm or the reranker is served, but not kept.
    const store = mode !== 'bypass' && vector !== null && !retrieval.degraded;
    return this.producer.produce(context, retrieval, { vector, store, signal });
  }

  /** @returns null when the model cannot be asked: text search still finds what shares words */
  private async embed(text: string, signal?: AbortSignal): Promise<Float32Array | null> {
    try {
      return await this.embeddings.embedOne(text, { signal });
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'EMBEDDING_UNAVAILABLE')) throw error;
      this.logger.warn(`answering from text search alone: ${error.message}`);
      return null;
    }
  }
}
