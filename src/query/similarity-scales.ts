import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { AskedSpace } from '../retrieval/retrieval-request';
import { backgroundOf, SimilarityScale } from '../semantic-cache/similarity-scale';
import { UNRELATED_QUESTIONS } from '../text-analysis/unrelated-questions';

/** The scale of each embedding space, from how alike its model finds questions that have nothing in common. */
@Injectable()
export class SimilarityScales {
  private readonly scales = new Map<number, Promise<SimilarityScale>>();

  constructor(
    private readonly embeddings: EmbeddingCaches,
    private readonly config: AppConfig,
  ) {}

  /**
   * @param tenantId in whose name the model is asked, if it has to be
   * @throws AppError `EMBEDDING_UNAVAILABLE` while the model cannot be asked for the first time
   */
  of(space: AskedSpace, tenantId: string): Promise<SimilarityScale> {
    let scale = this.scales.get(space.id);
    if (scale === undefined) {
      scale = this.measure(space, tenantId);
      this.scales.set(space.id, scale);
      // A failure is tried again with the next question.
      scale.catch(() => this.scales.delete(space.id));
    }
    return scale;
  }

  private async measure(space: AskedSpace, tenantId: string): Promise<SimilarityScale> {
    const vectors = await this.embeddings.of(space, tenantId).embedAll(UNRELATED_QUESTIONS);
    return new SimilarityScale(backgroundOf(vectors), this.config.semanticCache.threshold);
  }
}
