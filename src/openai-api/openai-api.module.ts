import { Module } from '@nestjs/common';
import { EmbeddingCacheModule } from '../embedding-cache/embedding-cache.module';
import { ModelsModule } from '../models/models.module';
import { QueryModule } from '../query/query.module';
import { ChatCompletionsController } from './chat-completions.controller';
import { EmbeddingsController } from './embeddings.controller';
import { ModelsController } from './models.controller';

/** OpenAI's endpoints, so that any OpenAI client works unchanged. */
@Module({
  imports: [QueryModule, EmbeddingCacheModule, ModelsModule],
  controllers: [EmbeddingsController, ChatCompletionsController, ModelsController],
})
export class OpenAiApiModule {}
