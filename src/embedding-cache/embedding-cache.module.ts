import { Module } from '@nestjs/common';
import { ModelsModule } from '../models/models.module';
import { RedisModule } from '../redis/redis.module';
import { EmbeddingCacheController } from './embedding-cache.controller';
import { EmbeddingCacheService } from './embedding-cache.service';

/** Provides the {@link EmbeddingCacheService} around the configured embedding model. */
@Module({
  imports: [ModelsModule, RedisModule],
  controllers: [EmbeddingCacheController],
  providers: [EmbeddingCacheService],
  exports: [EmbeddingCacheService],
})
export class EmbeddingCacheModule {}
