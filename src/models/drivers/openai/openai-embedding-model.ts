import { join } from 'node:path';
import type { CreateEmbeddingResponse } from 'openai/resources/embeddings';
import { AppError } from '../../../common/app-error';
import { l2Normalise } from '../../../common/vector';
import type { EmbeddingModel } from '../../embedding-model';
import { checkEmbeddingInput } from '../embedding-input';
import { ProviderError } from '../../provider-error';
import { OpenAiEndpoint, type OpenAiEndpointOptions } from './openai-endpoint';
import { estimateTokens, truncateToTokens } from './token-estimate';

export interface OpenAiEmbeddingModelOptions extends OpenAiEndpointOptions {
  model: string;
  /** Length of the vectors that the server must return. */
  dimensions: number;
  /**
   * Whether the server is asked for vectors of that length. Default: only for `text-embedding-3-*`, which can
   * shorten theirs; other models answer 400 to the parameter.
   */
  requestDimensions?: boolean;
  /** Longer texts are cut. Default 8191, the limit of OpenAI's models. */
  maxInputTokens?: number;
  /** Default: a question waits for as long as all tries take. */
  patienceMs?: number;
}

/**
 * OpenAI refuses requests of more than 300,000 tokens in sum. A token has at least one byte.
 * @see https://platform.openai.com/docs/api-reference/embeddings/create
 */
const MAX_REQUEST_BYTES = 300_000;

/** Embeddings of OpenAI or any server that speaks its `/embeddings`. */
export class OpenAiEmbeddingModel implements EmbeddingModel {
  readonly name: string;
  readonly dimensions: number;
  readonly maxInputTokens: number;
  readonly maxBatchSize = 256;
  readonly shortenable: boolean;
  readonly patienceMs?: number;
  readonly tokenCounterModule = join(__dirname, 'token-estimate');
  private readonly endpoint: OpenAiEndpoint;

  constructor(options: OpenAiEmbeddingModelOptions) {
    this.name = options.model;
    this.dimensions = options.dimensions;
    this.maxInputTokens = options.maxInputTokens ?? 8191;
    this.shortenable = options.requestDimensions ?? options.model.startsWith('text-embedding-3');
    this.patienceMs = options.patienceMs;
    this.endpoint = new OpenAiEndpoint(options);
  }

  /** @throws AppError also `EMBEDDING_DIMENSION_MISMATCH` if the server's vectors have another length */
  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    checkEmbeddingInput(texts, this.maxBatchSize);
    const inputs = texts.map((text) => truncateToTokens(text, this.maxInputTokens));
    const vectors: Float32Array[] = [];
    for (const request of splitByBytes(inputs)) vectors.push(...(await this.request(request, signal)));
    return vectors;
  }

  countTokens(text: string): number {
    return estimateTokens(text);
  }

  async close(): Promise<void> {
    this.endpoint.close();
  }

  private request(input: string[], signal?: AbortSignal): Promise<Float32Array[]> {
    return this.endpoint.call(async (client, options) => {
      const response = await client.embeddings.create(
        {
          model: this.name,
          input,
          // The package asks for base64 by itself, which not every server knows.
          encoding_format: 'float',
          ...(this.shortenable && { dimensions: this.dimensions }),
        },
        options,
      );
      return this.vectorsOf(response, input.length);
    }, signal);
  }

  private vectorsOf(response: CreateEmbeddingResponse, count: number): Float32Array[] {
    const data: unknown = response?.data;
    if (!Array.isArray(data) || data.length !== count)
      throw new ProviderError('invalid_response', `the answer does not hold ${count} embeddings`);
    const vectors = new Array<Float32Array | undefined>(count).fill(undefined);
    (data as { index?: number; embedding?: unknown }[]).forEach((item, position) => {
      vectors[item?.index ?? position] = this.vectorOf(item?.embedding);
    });
    if (vectors.length !== count || vectors.includes(undefined))
      throw new ProviderError(
        'invalid_response',
        'the embeddings of the answer are not numbered from 0 without gaps',
      );
    return vectors as Float32Array[];
  }

  private vectorOf(embedding: unknown): Float32Array {
    if (!Array.isArray(embedding) || !embedding.every(Number.isFinite))
      throw new ProviderError('invalid_response', 'an embedding is not a list of numbers');
    if (embedding.length !== this.dimensions)
      throw new AppError(
        'EMBEDDING_DIMENSION_MISMATCH',
        `The model ${this.name} returns vectors of ${embedding.length} dimensions, EMBEDDING_DIMENSIONS says ` +
          `${this.dimensions}; set it to what the model returns, or choose another model.`,
        { details: { model: this.name, configured: this.dimensions, returned: embedding.length } },
      );
    return l2Normalise(embedding);
  }
}

/** Consecutive texts in groups of at most {@link MAX_REQUEST_BYTES}; none for no texts. */
function splitByBytes(texts: readonly string[]): string[][] {
  const groups: string[][] = [];
  let bytes = Infinity;
  for (const text of texts) {
    const size = Buffer.byteLength(text);
    bytes += size;
    if (bytes <= MAX_REQUEST_BYTES) groups[groups.length - 1].push(text);
    else {
      groups.push([text]);
      bytes = size;
    }
  }
  return groups;
}
