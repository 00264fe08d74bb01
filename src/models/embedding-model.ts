/** Injection token of the configured {@link EmbeddingModel}. */
export const EMBEDDING_MODEL = Symbol('EmbeddingModel');

/**
 * Text in, vectors out. Every driver passes `test/contract/embedding-model.contract.ts`.
 * Limits are data, so that callers batch without knowing the driver.
 */
export interface EmbeddingModel {
  /** The model's name as it is pinned in configuration and database, e.g. `text-embedding-3-small`. */
  readonly name: string;
  /** Length of each vector. */
  readonly dimensions: number;
  /** The model reads this many of its own tokens of a text; the rest is invisible to it. */
  readonly maxInputTokens: number;
  /** Texts per call that the driver accepts; callers split larger batches. */
  readonly maxBatchSize: number;
  /**
   * Whether the first components of a vector, normalised again, are a vector of the model, too.
   * @see https://arxiv.org/abs/2205.13147 Matryoshka representation learning
   */
  readonly shortenable?: boolean;

  /** Milliseconds that a question should wait for it at most, over all tries; left out: until it answers. */
  readonly patienceMs?: number;

  /**
   * Embeds a batch.
   * @param texts non-empty strings, at most `maxBatchSize`
   * @returns one L2-normalised `Float32Array` of length `dimensions` per text, in the same order
   * @throws AppError `EMBEDDING_UNAVAILABLE` (retryable) when the model cannot be asked,
   *   `VALIDATION_FAILED` for an empty text
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;

  /**
   * Number of the model's own tokens in a text; exact or one off for local models, an upper estimate for remote ones.
   * Synchronous and cheap (no inference).
   */
  countTokens(text: string): number;

  /**
   * Path of a module, without extension, whose default export is the function behind `countTokens`: worker threads
   * count by themselves.
   */
  readonly tokenCounterModule: string;

  /** Loads what the first call would have to wait for. @throws AppError `EMBEDDING_UNAVAILABLE` if that fails */
  warmUp?(): Promise<void>;

  /** Releases threads and sockets. */
  close(): Promise<void>;
}
