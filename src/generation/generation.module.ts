import { Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { AppConfig } from '../config/app-config';
import { CHAT_MODEL, type ChatModel } from '../models/chat-model';
import { EMBEDDING_MODEL, type EmbeddingModel } from '../models/embedding-model';
import { ModelsModule } from '../models/models.module';
import { ANSWER_WRITER } from './answer-writer';
import { ChatAnswerWriter } from './drivers/chat-answer-writer';
import { ExtractiveAnswerWriter } from './drivers/extractive-answer-writer';
import { QuestionCondenser } from './question-condenser';
import { QuestionJudge } from './question-judge';

/** Evidence → answer, by a language model or without one. */
@Module({
  imports: [ModelsModule],
  providers: [
    {
      provide: ANSWER_WRITER,
      inject: [CHAT_MODEL, EMBEDDING_MODEL, AppConfig],
      useFactory: (chat: ChatModel | null, embedding: EmbeddingModel, config: AppConfig) =>
        chat
          ? new ChatAnswerWriter(chat, config.llm)
          : new ExtractiveAnswerWriter((text) => embedding.countTokens(text)),
    },
    QuestionCondenser,
    QuestionJudge,
  ],
  exports: [ANSWER_WRITER, QuestionCondenser, QuestionJudge],
})
export class GenerationModule implements OnApplicationBootstrap {
  constructor(
    @Inject(CHAT_MODEL) private readonly chat: ChatModel | null,
    @Inject(EMBEDDING_MODEL) private readonly embedding: EmbeddingModel,
  ) {}

  /** Loads the tokenizer, which takes 0.1 s on this thread: all requests would wait for the first answer. */
  onApplicationBootstrap(): void {
    try {
      (this.chat ?? this.embedding).countTokens('.');
    } catch (error) {
      // The local model is not installed: each request that needs it says so, and the others are served.
      if (!(error instanceof AppError && error.code === 'EMBEDDING_UNAVAILABLE')) throw error;
    }
  }
}
