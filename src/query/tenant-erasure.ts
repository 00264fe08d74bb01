import { Injectable, type OnModuleInit } from '@nestjs/common';
import { TenantRemovals } from '../auth/tenant-removals';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import { CacheRedis } from '../redis/cache-redis';
import { forgetTenantKeys } from '../redis/forget-tenant';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';

/** Removes what a removed tenant left in the caches. */
@Injectable()
export class TenantErasure implements OnModuleInit {
  constructor(
    private readonly removals: TenantRemovals,
    private readonly cache: SemanticCacheService,
    private readonly embeddings: EmbeddingCaches,
    private readonly redis: CacheRedis,
  ) {}

  onModuleInit(): void {
    this.removals.onRemoval(async (tenantId) => {
      await this.cache.purgeAll(tenantId, 'admin');
      await this.embeddings.forgetTenant(tenantId);
      // Notes, leases and buckets besides.
      await forgetTenantKeys(this.redis, tenantId);
    });
  }
}
