import type { AppConfig } from '../config/app-config';
import type { EmbeddingModel } from '../models/embedding-model';
import type { RedisVectorTier } from './redis-vector-tier';
import { type ScopedText, textOf } from './scoped-text';
import { asStored } from './vector-codec';

/** How often a process looks whether another has embedded what it waits for. */
const LOOK_MS = 20;

/** Where a vector came from. */
export type VectorSource = 'redis' | 'model';

/** Takes a vector as soon as it is known. */
export type TakeVector = (text: ScopedText, vector: Float32Array, source: VectorSource) => void;

/**
 * Gets vectors that Redis does not hold. A text that several processes miss together is embedded by one of them: it takes
 * a lease on the text, and the others wait for the vector in Redis. A process that dies loses its leases soon, and another
 * one goes on. Without Redis, everybody embeds for himself.
 */
export class EmbeddingFetcher {
  /** @param pause waits for some milliseconds */
  constructor(
    private readonly shared: RedisVectorTier,
    private readonly model: EmbeddingModel,
    private readonly encoding: AppConfig['embeddingCache']['encoding'],
    private readonly pause: (ms: number) => Promise<unknown>,
  ) {}

  /**
   * @param texts all different
   * @param take gets the vectors of each call to the model before the next begins
   * @throws what the model throws
   */
  async fetch(texts: readonly ScopedText[], signal: AbortSignal, take: TakeVector): Promise<void> {
    let misses = texts;
    while (misses.length > 0) {
      const heldByOthers: string[] = [];
      for (let i = 0; i < misses.length; i += this.model.maxBatchSize) {
        const batch = misses.slice(i, i + this.model.maxBatchSize);
        heldByOthers.push(...(await this.fetchUnheld(batch, signal, take)));
      }
      misses = heldByOthers;
      if (misses.length > 0) await this.pause(LOOK_MS);
      signal.throwIfAborted();
    }
  }

  /** @param texts at most as many as the model takes at once @returns those that another process is embedding */
  private async fetchUnheld(
    texts: readonly string[],
    signal: AbortSignal,
    take: TakeVector,
  ): Promise<readonly string[]> {
    const { found, own, held, release } = await this.shared.claim(texts);
    // A model may take its time to stop; others need not wait for that.
    signal.addEventListener('abort', release, { once: true });
    try {
      for (const [text, vector] of found) take(text, vector, 'redis');
      if (own.length > 0) await this.embed(own, signal, take);
      return held;
    } finally {
      signal.removeEventListener('abort', release);
      release();
    }
  }

  private async embed(texts: readonly string[], signal: AbortSignal, take: TakeVector): Promise<void> {
    const embedded = await this.model.embed(texts.map(textOf), signal);
    const vectors = new Map(texts.map((text, i) => [text, asStored(embedded[i], this.encoding)]));
    this.shared.putAll(vectors);
    for (const [text, vector] of vectors) take(text, vector, 'model');
  }
}
