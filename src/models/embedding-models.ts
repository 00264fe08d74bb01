import type { AppConfig } from '../config/app-config';
import type { Metrics } from '../observability/metrics';
import { isLocalModel } from './drivers/local/local-provider';
import type { EmbeddingModel } from './embedding-model';
import type { ModelName } from './model-provider';
import { EMBEDDING_PROVIDERS } from './model-providers';

export type { ModelName } from './model-provider';

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
   * A model by name: the shipped local ones run here, every other is asked for at the configured provider, or an
   * OpenAI-compatible endpoint.
   * @throws ConfigError for other dimensions than a local model has
   */
  of({ model, dimensions }: ModelName): EmbeddingModel {
    const key = keyOf({ model, dimensions });
    const known = this.models.get(key);
    if (known) return known;
    const { provider } = this.config.embedding;
    const remote = provider === 'local' ? 'openai' : provider;
    const from = isLocalModel(model) ? 'local' : remote;
    const made = modelFrom(from, { model, dimensions }, this.config, this.metrics);
    this.models.set(key, made);
    return made;
  }

  async close(): Promise<void> {
    await Promise.all([...this.models.values()].map((model) => model.close()));
  }
}

/** The configured model. @throws ConfigError for a local model that there is not, or other dimensions than it has */
export function embeddingModelOf(config: AppConfig, metrics?: Metrics): EmbeddingModel {
  const { provider, model, dimensions } = config.embedding;
  return modelFrom(provider, { model, dimensions }, config, metrics);
}

function modelFrom(
  provider: keyof typeof EMBEDDING_PROVIDERS,
  name: ModelName,
  config: AppConfig,
  metrics: Metrics | undefined,
): EmbeddingModel {
  const report = (isLeftAlone: boolean) =>
    metrics?.degraded.set({ dependency: 'embedding_model' }, isLeftAlone ? 1 : 0);
  const model = EMBEDDING_PROVIDERS[provider].embeddingModel(name, config, report);
  if (provider !== 'local') report(false);
  return model;
}

const keyOf = ({ model, dimensions }: ModelName) => `${model}:${dimensions}`;
