import type { AppConfig } from '../config/app-config';
import type { CompletionProvider } from './completion-provider';
import type { EmbeddingModel } from './embedding-model';

/** What names an embedding model: an embedding space does. */
export interface ModelName {
  model: string;
  /** Length of its vectors. */
  dimensions: number;
}

/** Where embedding models come from. */
export interface EmbeddingProvider {
  /**
   * @param onBreak is told when a model begins and ends to be left alone
   * @throws ConfigError if the provider has no such model
   */
  embeddingModel(name: ModelName, config: AppConfig, onBreak: (isLeftAlone: boolean) => void): EmbeddingModel;
}

/** Where language models are asked. */
export interface LanguageModelProvider {
  completions(config: AppConfig): CompletionProvider;
}
