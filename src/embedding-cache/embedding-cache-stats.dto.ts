import { ApiProperty } from '@nestjs/swagger';
import type { EmbeddingCacheStats } from './embedding-cache.service';

/** `GET /admin/embedding-cache/stats`. */
export class EmbeddingCacheStatsDto {
  @ApiProperty({
    description:
      'Embeddings in Redis, of all models (projected from a sample on servers of more than 20,000 keys); without Redis: in the memory of this process.',
  })
  total_cached_embeddings: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Bytes that the Redis server uses for all it holds.',
  })
  redis_memory_used: number | null;

  @ApiProperty()
  cache_ttl_days: number;

  @ApiProperty({ description: 'Texts that needed no model, in this process since it started.' })
  hits: number;

  @ApiProperty()
  misses: number;

  @ApiProperty({ description: 'hits / (hits + misses), 0 to 1' })
  hit_rate: number;

  @ApiProperty({ description: 'Bytes of a value in Redis, as it is written now.' })
  bytes_per_embedding: number;
}

export function toEmbeddingCacheStatsDto(stats: EmbeddingCacheStats): EmbeddingCacheStatsDto {
  return {
    total_cached_embeddings: stats.totalCachedEmbeddings,
    redis_memory_used: stats.redisMemoryUsed,
    cache_ttl_days: stats.cacheTtlDays,
    hits: stats.hits,
    misses: stats.misses,
    hit_rate: stats.hitRate,
    bytes_per_embedding: stats.bytesPerEmbedding,
  };
}
