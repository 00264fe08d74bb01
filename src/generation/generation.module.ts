import { Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { CHAT_MODEL, type ChatModel } from '../models/chat-model';
import { ModelsModule } from '../models/models.module';
import { Metrics } from '../observability/metrics';
import { ANSWER_WRITER } from './answer-writer';
import { ChatAnswerWriter } from './drivers/chat-answer-writer';
import { ExtractiveAnswerWriter } from './drivers/extractive-answer-writer';

/** Evidence → answer, by a language model or without one. */
@Module({
  imports: [ModelsModule],
  providers: [
    {
      provide: ANSWER_WRITER,
      inject: [CHAT_MODEL, AppConfig, Metrics],
      useFactory: (model: ChatModel | null, config: AppConfig, metrics: Metrics) =>
        model ? new ChatAnswerWriter(model, config.llm, metrics) : new ExtractiveAnswerWriter(),
    },
  ],
  exports: [ANSWER_WRITER],
})
export class GenerationModule {}
