import { Module } from '@nestjs/common';
import { ModelsModule } from '../models/models.module';
import { RedisModule } from '../redis/redis.module';
import { EmbeddingCacheController } from './embedding-cache.controller';
import { EmbeddingCharges } from './embedding-charges';
import { QuestionEmbedder } from './question-embedder';
import { EmbeddingCaches } from './embedding-caches';

/** Provides the {@link EmbeddingCaches} around the embedding models. */
@Module({
  imports: [ModelsModule, RedisModule],
  controllers: [EmbeddingCacheController],
  providers: [EmbeddingCaches, EmbeddingCharges, QuestionEmbedder],
  exports: [EmbeddingCaches, EmbeddingCharges, QuestionEmbedder],
})
export class EmbeddingCacheModule {}
