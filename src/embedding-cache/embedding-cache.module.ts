import { Module } from '@nestjs/common';
import { ModelsModule } from '../models/models.module';
import { RedisModule } from '../redis/redis.module';
import { EmbeddingCacheController } from './embedding-cache.controller';
import { EmbeddingCaches } from './embedding-caches';

/** Provides the {@link EmbeddingCaches} around the embedding models. */
@Module({
  imports: [ModelsModule, RedisModule],
  controllers: [EmbeddingCacheController],
  providers: [EmbeddingCaches],
  exports: [EmbeddingCaches],
})
export class EmbeddingCacheModule {}
