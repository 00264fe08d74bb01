import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AppConfig } from '../config/app-config';
import { DeploymentSecret } from '../database/deployment-secret';
import { EmbeddingModels, type ModelName } from '../models/embedding-models';
import { EMBEDDING_MODEL, type EmbeddingModel } from '../models/embedding-model';
import { Metrics } from '../observability/metrics';
import { CacheRedis } from '../redis/cache-redis';
import { EmbeddingCacheService, type EmbeddingCacheStats } from './embedding-cache.service';
import { purgeScope } from './embedding-purge';
import { scopeTag, SHARED_SCOPE } from './scoped-text';
import { TenantEmbeddings } from './tenant-embeddings';

const SCOPE_DIGITS = 32;
const MAX_SCOPES = 10_000;

/**
 * The embedding caches of this process, one for each model: that of the configured model, and those of other embedding
 * spaces while they are asked. Vectors of two models never meet, since their keys name model and dimensions; nor do those
 * of two tenants, unless `EMBEDDING_CACHE_SHARED` says that they may.
 */
@Injectable()
export class EmbeddingCaches implements OnModuleDestroy {
  private readonly caches = new Map<EmbeddingModel, EmbeddingCacheService>();
  /** By tenant. */
  private readonly scopes = new LRUCache<string, string>({ max: MAX_SCOPES });

  constructor(
    private readonly models: EmbeddingModels,
    @Inject(EMBEDDING_MODEL) private readonly configured: EmbeddingModel,
    private readonly redis: CacheRedis,
    private readonly config: AppConfig,
    private readonly metrics: Metrics,
    private readonly secret: DeploymentSecret,
  ) {}

  /** The cache of a model for the texts of a tenant. @throws ConfigError for a model that there cannot be */
  of(name: ModelName, tenantId: string): TenantEmbeddings {
    return new TenantEmbeddings(this.before(this.models.of(name)), this.scopeOf(tenantId));
  }

  /** That of the model that the configuration names. */
  ofConfigured(tenantId: string): TenantEmbeddings {
    return new TenantEmbeddings(this.before(this.configured), this.scopeOf(tenantId));
  }

  /**
   * Forgets what a tenant embedded, with any model: in Redis, and in the memory of this process. What tenants share stays.
   * @throws AppError `CACHE_UNAVAILABLE` if Redis is configured and cannot be asked; some may be gone
   */
  async forgetTenant(tenantId: string): Promise<void> {
    const scope = this.scopeOf(tenantId);
    if (scope === SHARED_SCOPE) return;
    for (const cache of this.caches.values()) cache.forgetScope(scope);
    if (this.redis.configured) await purgeScope(this.redis, scopeTag(scope));
  }

  /** Of all models together, except for the bytes of a vector, which are those of the configured one. */
  async stats(): Promise<EmbeddingCacheStats> {
    const stats = await this.before(this.configured).stats();
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
    let purged = await this.before(this.configured).purge(model);
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

  private scopeOf(tenantId: string): string {
    if (this.config.embeddingCache.shared) return SHARED_SCOPE;
    let scope = this.scopes.get(tenantId);
    if (scope === undefined) {
      scope = this.secret.derive('embedding-cache', tenantId).slice(0, SCOPE_DIGITS);
      this.scopes.set(tenantId, scope);
    }
    return scope;
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
