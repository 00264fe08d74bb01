import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '../common/app-error';
import type { ModelName } from '../models/embedding-models';
import { EmbeddingCaches } from './embedding-caches';

/** In which space a question is embedded, and whose cache is used. */
export interface EmbeddingAsker {
  space: ModelName;
  tenantId: string;
}

/** Embeds questions, for which somebody waits: no longer than is worth it. */
@Injectable()
export class QuestionEmbedder {
  private readonly logger = new Logger(QuestionEmbedder.name);

  constructor(private readonly caches: EmbeddingCaches) {}

  /** @throws AppError `EMBEDDING_UNAVAILABLE` if the model gives no answer within its patience; the signal's reason */
  async embed(
    question: string,
    { space, tenantId }: EmbeddingAsker,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const cache = this.caches.of(space, tenantId);
    const { patienceMs } = cache.model;
    if (patienceMs === undefined) return cache.embedOne(question, { signal });
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(outOfPatience(patienceMs)), patienceMs);
    try {
      const signals = [patience.signal, ...(signal ? [signal] : [])];
      return await cache.embedOne(question, { signal: AbortSignal.any(signals) });
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns null when the model cannot be asked: text search still finds what shares words. @throws the signal's reason */
  async embedIfPossible(
    question: string,
    asker: EmbeddingAsker,
    signal?: AbortSignal,
  ): Promise<Float32Array | null> {
    try {
      return await this.embed(question, asker, signal);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'EMBEDDING_UNAVAILABLE')) throw error;
      this.logger.warn(`answering from text search alone: ${error.message}`);
      return null;
    }
  }
}

/** Speaks against the model, unlike a caller who hangs up. */
function outOfPatience(patienceMs: number): AppError {
  return new AppError(
    'EMBEDDING_UNAVAILABLE',
    `The embedding model gave no answer within ${patienceMs} ms.`,
    {
      details: { kind: 'timeout' },
    },
  );
}
