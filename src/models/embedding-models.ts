import { type AppConfig, ConfigError } from '../config/app-config';
import { LocalEmbeddingModel } from './drivers/local/local-embedding-model';
import { type Precision, USE_LITE_DIMENSIONS } from './drivers/local/use-lite-onnx';
import { OpenAiEmbeddingModel } from './drivers/openai/openai-embedding-model';
import type { Metrics } from '../observability/metrics';
import type { EmbeddingModel } from './embedding-model';

const LOCAL_MODELS: Readonly<Record<string, Precision | undefined>> = {
  'use-lite': 'fp32',
  'use-lite-int8-v2': 'int8',
};
/** Local models whose vectors no release makes any more; never asked for at an endpoint. */
const REPLACED_MODELS: Readonly<Record<string, string | undefined>> = { 'use-lite-int8': 'use-lite-int8-v2' };

/** What names an embedding model: an embedding space does. */
export interface ModelName {
  model: string;
  /** Length of its vectors. */
  dimensions: number;
}

/**
 * The embedding models of this process: the configured one and, while an upgrade is under way, those of the other
 * embedding spaces. Each is made when it is first asked for.
 */
export class EmbeddingModels {
  private readonly models = new Map<string, EmbeddingModel>();

  /** @throws ConfigError if the configured model is a local one that there is not, or has other dimensions */
  constructor(
    private readonly config: AppConfig,
    private readonly metrics?: Metrics,
  ) {
    this.models.set(keyOf(config.embedding), embeddingModelOf(config, metrics));
  }

  /** The model that the configuration names. */
  get configured(): EmbeddingModel {
    return this.of(this.config.embedding);
  }

  /**
   * A model by name: the shipped local ones run here, every other is asked for at the OpenAI-compatible endpoint.
   * @throws ConfigError for other dimensions than a local model has, or for a local model that was replaced
   */
  of({ model, dimensions }: ModelName): EmbeddingModel {
    const key = keyOf({ model, dimensions });
    const known = this.models.get(key);
    if (known) return known;
    const made = isLocal(model)
      ? localModel(this.config, { model, dimensions })
      : remoteModel(this.config, { model, dimensions }, this.metrics);
    this.models.set(key, made);
    return made;
  }

  async close(): Promise<void> {
    await Promise.all([...this.models.values()].map((model) => model.close()));
  }
}

/** The configured model. @throws ConfigError for a local model that there is not, or other dimensions than it has */
export function embeddingModelOf(config: AppConfig, metrics?: Metrics): EmbeddingModel {
  const { embedding } = config;
  if (embedding.provider === 'openai') return remoteModel(config, embedding, metrics);
  if (isLocal(embedding.model)) return localModel(config, embedding);
  const names = Object.keys(LOCAL_MODELS).join(', ');
  throw new ConfigError([
    `EMBEDDING_MODEL=${embedding.model} needs EMBEDDING_PROVIDER=openai; local models: ${names}`,
  ]);
}

function isLocal(model: string): boolean {
  return Object.hasOwn(LOCAL_MODELS, model) || Object.hasOwn(REPLACED_MODELS, model);
}

function remoteModel(
  { embedding }: AppConfig,
  { model, dimensions }: ModelName,
  metrics: Metrics | undefined,
): EmbeddingModel {
  const tell = (isLeftAlone: boolean) =>
    metrics?.degraded.set({ dependency: 'embedding_model' }, isLeftAlone ? 1 : 0);
  tell(false);
  return new OpenAiEmbeddingModel({ ...embedding, model, dimensions, onBreak: tell });
}

function localModel(
  { embedding: { threads, modelDir } }: AppConfig,
  { model, dimensions }: ModelName,
): EmbeddingModel {
  const replacement = REPLACED_MODELS[model];
  if (replacement !== undefined)
    throw new ConfigError([
      `EMBEDDING_MODEL=${model} was replaced by ${replacement}, which has other vectors`,
    ]);
  if (dimensions !== USE_LITE_DIMENSIONS)
    throw new ConfigError([`EMBEDDING_DIMENSIONS must be ${USE_LITE_DIMENSIONS} for ${model}, or not set`]);
  const precision = LOCAL_MODELS[model];
  return new LocalEmbeddingModel({ cacheFolder: modelDir, precision, threads });
}

const keyOf = ({ model, dimensions }: ModelName) => `${model}:${dimensions}`;
