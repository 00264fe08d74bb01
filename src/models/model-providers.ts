import type { AppConfig } from '../config/app-config';
import { localProvider } from './drivers/local/local-provider';
import { openAiProvider } from './drivers/openai/openai-provider';
import type { EmbeddingProvider, LanguageModelProvider } from './model-provider';

/** By the values of `EMBEDDING_PROVIDER`. */
export const EMBEDDING_PROVIDERS: Record<AppConfig['embedding']['provider'], EmbeddingProvider> = {
  local: localProvider,
  openai: openAiProvider,
};

/** By the values of `LLM_PROVIDER`; `null` where no language model is asked. */
export const LANGUAGE_MODEL_PROVIDERS: Record<AppConfig['llm']['provider'], LanguageModelProvider | null> = {
  extractive: null,
  openai: openAiProvider,
};
