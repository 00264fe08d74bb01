import { join } from 'node:path';
import {
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { AppConfig, ConfigError } from '../config/app-config';
import { CHAT_MODEL, ChatModel } from './chat-model';
import { LocalEmbeddingModel } from './drivers/local/local-embedding-model';
import { OpenAiEmbeddingModel } from './drivers/openai/openai-embedding-model';
import { type Precision, USE_LITE_DIMENSIONS } from './drivers/local/use-lite-onnx';
import { EMBEDDING_MODEL, type EmbeddingModel } from './embedding-model';
import { RERANK_MODEL, RerankModel } from './rerank-model';

const LOCAL_MODELS: Readonly<Record<string, Precision | undefined>> = {
  'use-lite': 'fp32',
  'use-lite-int8': 'int8',
};

/** Provides the configured embedding model; the language model and the rerank model, each `null` where there is none. */
@Module({
  providers: [
    { provide: EMBEDDING_MODEL, inject: [AppConfig], useFactory: embeddingModelOf },
    { provide: CHAT_MODEL, inject: [AppConfig], useFactory: chatModelOf },
    { provide: RERANK_MODEL, inject: [AppConfig], useFactory: rerankModelOf },
  ],
  exports: [EMBEDDING_MODEL, CHAT_MODEL, RERANK_MODEL],
})
export class ModelsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(EMBEDDING_MODEL) private readonly embeddingModel: EmbeddingModel,
    @Inject(CHAT_MODEL) private readonly chatModel: ChatModel | null,
  ) {}

  /** Loads the local model while nobody waits for it; the start does not wait either. */
  onApplicationBootstrap(): void {
    if (!(this.embeddingModel instanceof LocalEmbeddingModel)) return;
    this.embeddingModel.warmUp().catch((error: unknown) => {
      new Logger(ModelsModule.name).error(`the embedding model could not be loaded: ${String(error)}`);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.embeddingModel.close(), this.chatModel?.close()]);
  }
}

/** @throws ConfigError for a local model that there is not, or other dimensions than it has */
export function embeddingModelOf({ embedding, dataDir }: AppConfig): EmbeddingModel {
  if (embedding.provider === 'openai') return new OpenAiEmbeddingModel(embedding);
  const { model, dimensions, threads } = embedding;
  const precision = LOCAL_MODELS[model];
  if (!precision) {
    const names = Object.keys(LOCAL_MODELS).join(', ');
    throw new ConfigError([
      `EMBEDDING_MODEL=${model} needs EMBEDDING_PROVIDER=openai; local models: ${names}`,
    ]);
  }
  if (dimensions !== USE_LITE_DIMENSIONS)
    throw new ConfigError([`EMBEDDING_DIMENSIONS must be ${USE_LITE_DIMENSIONS} for ${model}, or not set`]);
  return new LocalEmbeddingModel({ cacheFolder: join(dataDir, 'models'), precision, threads });
}

function chatModelOf({ llm }: AppConfig): ChatModel | null {
  return llm.provider === 'openai' ? new ChatModel(llm) : null;
}

function rerankModelOf({ rerank }: AppConfig): RerankModel | null {
  return rerank.url === null ? null : new RerankModel({ ...rerank, url: rerank.url });
}
