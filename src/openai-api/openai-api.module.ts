import { Module } from '@nestjs/common';
import { CorpusModule } from '../corpus/corpus.module';
import { EmbeddingCacheModule } from '../embedding-cache/embedding-cache.module';
import { EmbeddingSpaceModule } from '../embedding-space/embedding-space.module';
import { QueryModule } from '../query/query.module';
import { ChatCompletionsController } from './chat-completions.controller';
import { EmbeddingsController } from './embeddings.controller';
import { ModelsController } from './models.controller';

/** OpenAI's endpoints, so that any OpenAI client works unchanged. */
@Module({
  imports: [QueryModule, CorpusModule, EmbeddingCacheModule, EmbeddingSpaceModule],
  controllers: [EmbeddingsController, ChatCompletionsController, ModelsController],
})
export class OpenAiApiModule {}
