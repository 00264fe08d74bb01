import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { l2Normalise } from '../../../src/common/vector';
import countWords from '../../support/count-words';
import type { EmbeddingModel } from '../../../src/models/embedding-model';

/** An embedding model that is quick, tells what it was asked, and can be held up or broken. */
export class FakeEmbeddingModel implements EmbeddingModel {
  readonly maxInputTokens = 128;
  readonly maxBatchSize = 10;
  readonly tokenCounterModule = join(__dirname, '../../support/count-words');
  /** The texts of each call. */
  readonly calls: string[][] = [];
  /** Calls fail with this. */
  failure: Error | null = null;
  /** Calls wait for this. */
  gate: Promise<unknown> = Promise.resolve();
  /** The signal of the latest call. */
  signal?: AbortSignal;

  constructor(
    readonly name: string,
    readonly dimensions = 16,
  ) {}

  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    this.calls.push([...texts]);
    this.signal = signal;
    await this.gate;
    signal?.throwIfAborted();
    if (this.failure) throw this.failure;
    return texts.map((text) => this.vectorOf(text));
  }

  /** What it gives for a text: always the same, and another for any other text. */
  vectorOf(text: string): Float32Array {
    const bytes = createHash('shake256', { outputLength: this.dimensions }).update(text).digest();
    return l2Normalise(Array.from(bytes, (byte) => byte - 127.5));
  }

  countTokens(text: string): number {
    return countWords(text);
  }

  async close(): Promise<void> {}
}
