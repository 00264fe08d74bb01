import {
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { Metrics } from '../observability/metrics';
import { TOKEN_BUCKETS, type TokenBuckets } from '../redis/token-buckets';
import { CALL_METER, type CallMeter } from './call-meter';
import { CHAT_MODEL, ChatModel } from './chat-model';
import { EMBEDDING_MODEL } from './embedding-model';
import { EmbeddingModels } from './embedding-models';
import { ModelPrices } from './model-prices';
import { LANGUAGE_MODEL_PROVIDERS } from './model-providers';
import { RERANK_MODEL, RerankModel } from './rerank-model';

/** Provides the embedding models, the configured one by its own token; the language model and the rerank model, each `null` where there is none. */
@Module({
  providers: [
    {
      provide: EmbeddingModels,
      inject: [AppConfig, Metrics],
      useFactory: (config: AppConfig, metrics: Metrics) => new EmbeddingModels(config, metrics),
    },
    {
      provide: EMBEDDING_MODEL,
      inject: [EmbeddingModels],
      useFactory: (models: EmbeddingModels) => models.configured,
    },
    {
      provide: CHAT_MODEL,
      inject: [AppConfig, CALL_METER, TOKEN_BUCKETS, ModelPrices, Metrics, CLOCK],
      useFactory: (
        config: AppConfig,
        meter: CallMeter,
        buckets: TokenBuckets,
        prices: ModelPrices,
        metrics: Metrics,
        clock: Clock,
      ) => {
        const provider = LANGUAGE_MODEL_PROVIDERS[config.llm.provider]?.completions(config);
        return provider
          ? new ChatModel(provider, config.llm, { meter, buckets, prices, metrics, clock })
          : null;
      },
    },
    { provide: RERANK_MODEL, inject: [AppConfig], useFactory: rerankModelOf },
  ],
  exports: [EmbeddingModels, EMBEDDING_MODEL, CHAT_MODEL, RERANK_MODEL],
})
export class ModelsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly embeddingModels: EmbeddingModels,
    @Inject(CHAT_MODEL) private readonly chatModel: ChatModel | null,
  ) {}

  /** Loads the local model while nobody waits for it; the start does not wait either. */
  onApplicationBootstrap(): void {
    const { configured } = this.embeddingModels;
    configured.warmUp?.().catch((error: unknown) => {
      new Logger(ModelsModule.name).error(`the embedding model could not be loaded: ${String(error)}`);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.chatModel?.close();
    await this.embeddingModels.close();
  }
}

function rerankModelOf({ rerank }: AppConfig): RerankModel | null {
  return rerank.url === null ? null : new RerankModel({ ...rerank, url: rerank.url });
}
