import { ConfigError } from '../../../config/app-config';
import type { EmbeddingProvider } from '../../model-provider';
import { LocalEmbeddingModel } from './local-embedding-model';
import { LOCAL_EMBEDDINGS } from './local.settings';
import type { Precision } from './use-lite';

type LocalName = keyof typeof LOCAL_EMBEDDINGS;

const PRECISIONS: Record<LocalName, Precision> = {
  'use-lite': 'fp32',
  'use-lite-int8-v2': 'int8',
};

/** Whether a model is one of those that run here. */
export function isLocalModel(model: string): model is LocalName {
  return Object.hasOwn(LOCAL_EMBEDDINGS, model);
}

/** The models that are shipped, in worker threads of this process. */
export const localProvider: EmbeddingProvider = {
  embeddingModel({ model, dimensions }, { embedding: { threads, modelDir } }) {
    if (!isLocalModel(model)) {
      const names = Object.keys(LOCAL_EMBEDDINGS).join(', ');
      throw new ConfigError([
        `EMBEDDING_MODEL=${model} needs EMBEDDING_PROVIDER=openai; local models: ${names}`,
      ]);
    }
    const length = LOCAL_EMBEDDINGS[model];
    if (dimensions !== length)
      throw new ConfigError([`EMBEDDING_DIMENSIONS must be ${length} for ${model}, or not set`]);
    return new LocalEmbeddingModel({
      modelFolder: modelDir,
      precision: PRECISIONS[model],
      threads,
    });
  },
};
