import type { EmbeddingModel } from '../models/embedding-model';
import type { EmbeddingCacheService, EmbedOptions, WarmUp } from './embedding-cache.service';

/** The embedding cache of one model as one tenant uses it: it finds what this tenant embedded, and no other's. */
export class TenantEmbeddings {
  constructor(
    private readonly cache: EmbeddingCacheService,
    private readonly scope: string,
  ) {}

  /** The model behind the cache; its limits say how texts are to be cut. */
  get model(): EmbeddingModel {
    return this.cache.model;
  }

  /** @see EmbeddingCacheService.embedOne */
  embedOne(text: string, options?: EmbedOptions): Promise<Float32Array> {
    return this.cache.embedOne(text, { ...options, scope: this.scope });
  }

  /** @see EmbeddingCacheService.embedAll */
  embedAll(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]> {
    return this.cache.embedAll(texts, { ...options, scope: this.scope });
  }

  /** @see EmbeddingCacheService.warm */
  warm(texts: readonly string[], options?: EmbedOptions): Promise<WarmUp> {
    return this.cache.warm(texts, { ...options, scope: this.scope });
  }

  /** @see EmbeddingCacheService.countCached */
  countCached(texts: readonly string[]): Promise<number> {
    return this.cache.countCached(texts, this.scope);
  }
}
