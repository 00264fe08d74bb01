import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { EmbeddingModels, type ModelName } from '../models/embedding-models';
import { EMBEDDING_MODEL, type EmbeddingModel } from '../models/embedding-model';
import { Metrics } from '../observability/metrics';
import { CacheRedis } from '../redis/cache-redis';
import { EmbeddingCacheService, type EmbeddingCacheStats } from './embedding-cache.service';

/**
 * The embedding caches of this process, one for each model: that of the configured model, and those of other embedding
 * spaces while they are asked. Vectors of two models never meet, since their keys name model and dimensions.
 */
@Injectable()
export class EmbeddingCaches implements OnModuleDestroy {
  private readonly caches = new Map<EmbeddingModel, EmbeddingCacheService>();

  constructor(
    private readonly models: EmbeddingModels,
    @Inject(EMBEDDING_MODEL) private readonly configured: EmbeddingModel,
    private readonly redis: CacheRedis,
    private readonly config: AppConfig,
    private readonly metrics: Metrics,
  ) {}

  /** The cache of a model. @throws ConfigError for a model that there cannot be */
  of(name: ModelName): EmbeddingCacheService {
    return this.before(this.models.of(name));
  }

  /** That of the model that the configuration names. */
  get ofConfigured(): EmbeddingCacheService {
    return this.before(this.configured);
  }

  /** Of all models together, except for the bytes of a vector, which are those of the configured one. */
  async stats(): Promise<EmbeddingCacheStats> {
    const stats = await this.ofConfigured.stats();
    for (const cache of this.caches.values()) {
      if (cache.model === this.configured) continue;
      const { hits, misses } = cache.counts;
      stats.hits += hits;
      stats.misses += misses;
      if (!this.redis.configured) stats.totalCachedEmbeddings += cache.sizeInMemory;
    }
    const asked = stats.hits + stats.misses;
    return { ...stats, hitRate: asked === 0 ? 0 : stats.hits / asked };
  }

  /**
   * Forgets all embeddings of a model, of any dimensions: in Redis, and in the memory of this process.
   * @returns how many Redis held; without Redis: this process
   * @throws AppError `CACHE_UNAVAILABLE` if Redis is configured and cannot be asked; some may be gone
   */
  async purge(model: string): Promise<number> {
    let purged = await this.ofConfigured.purge(model);
    for (const cache of this.caches.values()) {
      if (cache.model === this.configured || cache.model.name !== model) continue;
      const inMemory = cache.forgetMemory();
      if (!this.redis.configured) purged += inMemory;
    }
    return purged;
  }

  /** What was embedded last is written before the connection closes. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.caches.values()].map((cache) => cache.onModuleDestroy()));
  }

  private before(model: EmbeddingModel): EmbeddingCacheService {
    let cache = this.caches.get(model);
    if (!cache) {
      cache = new EmbeddingCacheService(model, this.redis, this.config, this.metrics);
      this.caches.set(model, cache);
    }
    return cache;
  }
}
