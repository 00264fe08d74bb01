import type { EmbeddingProvider, LanguageModelProvider } from '../../model-provider';
import { OpenAiCompletions } from './openai-completions';
import { OpenAiEmbeddingModel } from './openai-embedding-model';

/** OpenAI, and all servers that speak its API. */
export const openAiProvider: EmbeddingProvider & LanguageModelProvider = {
  embeddingModel: (name, { embedding, providers }, onBreak) =>
    new OpenAiEmbeddingModel({ ...embedding, ...providers.openai, ...name, onBreak }),
  completions: ({ llm, providers }) =>
    new OpenAiCompletions({ ...providers.openai, timeoutMs: llm.timeoutMs }),
};
