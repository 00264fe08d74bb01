import { ConfigError } from '../../../config/app-config';
import type { EmbeddingProvider } from '../../model-provider';
import { LocalEmbeddingModel } from './local-embedding-model';
import { LOCAL_EMBEDDINGS } from './local.settings';
import type { Precision } from './use-lite';

const PRECISIONS: Record<keyof typeof LOCAL_EMBEDDINGS, Precision> = {
  'use-lite': 'fp32',
  'use-lite-int8-v2': 'int8',
};
/** Models whose vectors no release makes any more; never asked for at an endpoint. */
const REPLACED: Readonly<Record<string, string | undefined>> = { 'use-lite-int8': 'use-lite-int8-v2' };

type LocalName = keyof typeof LOCAL_EMBEDDINGS;

/** Whether a model runs here, or did in an earlier release. */
export function isLocalModel(model: string): boolean {
  return isShipped(model) || Object.hasOwn(REPLACED, model);
}

function isShipped(model: string): model is LocalName {
  return Object.hasOwn(LOCAL_EMBEDDINGS, model);
}

/** The models that are shipped, in worker threads of this process. */
export const localProvider: EmbeddingProvider = {
  embeddingModel({ model, dimensions }, { embedding: { threads, modelDir } }) {
    const replacement = REPLACED[model];
    if (replacement !== undefined)
      throw new ConfigError([
        `EMBEDDING_MODEL=${model} was replaced by ${replacement}, which has other vectors`,
      ]);
    if (!isShipped(model)) {
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
