import { setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { AppError } from '../common/app-error';
import type { AppConfig } from '../config/app-config';
import type { EmbeddingModel } from '../models/embedding-model';
import type { Metrics } from '../observability/metrics';
import type { CacheRedis } from '../redis/cache-redis';
import { EmbeddingFetcher } from './embedding-fetcher';
import { EmbeddingFlights, type FetchVectors } from './embedding-flights';
import { purgeEmbeddings } from './embedding-purge';
import { surveyEmbeddings } from './embedding-survey';
import { MemoryVectorTier } from './memory-vector-tier';
import { RedisVectorTier } from './redis-vector-tier';
import { type ScopedText, scopedText, SHARED_SCOPE, textOf } from './scoped-text';
import { encodedBytes } from './vector-codec';

/**
 * Is asked before a model reads texts, and may refuse.
 * @returns is called in the end with those that it has read for sure, and whether it may have read others as well
 */
export type ChargeTexts = (
  texts: readonly string[],
) => Promise<(read: readonly string[], isCertain: boolean) => Promise<void>>;

export interface EmbedOptions {
  /** Gives up waiting; the model stops only if nobody else waits for the same texts. */
  signal?: AbortSignal;
  /** Who shares the vectors; absent: all tenants. @see ScopedText */
  scope?: string;
  /** Who pays for what the model has to read for this call; left out: nobody. */
  charge?: ChargeTexts;
}

/** How many different texts were asked for, and how many of them needed no model. */
export interface WarmUp {
  texts: number;
  hits: number;
  misses: number;
}

/** Hits and misses are of this process since it started. */
export interface EmbeddingCacheStats {
  /** In Redis, of all models; without Redis: in the memory of this process. */
  totalCachedEmbeddings: number;
  /** Bytes that the Redis server uses for all it holds; null without Redis. */
  redisMemoryUsed: number | null;
  cacheTtlDays: number;
  hits: number;
  misses: number;
  /** 0 to 1. */
  hitRate: number;
  /** Of a value in Redis as it is written now, header included. */
  bytesPerEmbedding: number;
}

/** Where the different texts of one call were found; what another call was embedding counts as memory. */
interface Findings {
  memory: number;
  redis: number;
  model: number;
}

/**
 * Text to vector of one model: from this process's memory, from Redis, from the model, in this order. A text has the same vector
 * whichever it comes from. Redis may be slow, wrong or away: then more is embedded, and nothing fails.
 */
export class EmbeddingCacheService {
  private readonly logger = new Logger('EmbeddingCache');
  private readonly memory: MemoryVectorTier;
  private readonly shared: RedisVectorTier;
  private readonly fetcher: EmbeddingFetcher;
  private readonly flights = new EmbeddingFlights();
  private hits = 0;
  private misses = 0;

  constructor(
    /** The model behind the cache; its limits say how texts are to be cut. */
    readonly model: EmbeddingModel,
    private readonly redis: CacheRedis,
    private readonly config: AppConfig,
    private readonly metrics: Metrics,
  ) {
    this.memory = new MemoryVectorTier(config.embeddingCache.memoryBytes);
    this.shared = new RedisVectorTier(redis, model, config.embeddingCache, metrics);
    this.fetcher = new EmbeddingFetcher(this.shared, model, config.embeddingCache.encoding, setTimeout);
  }

  /** The vector of one text. @see embedAll */
  async embedOne(text: string, options?: EmbedOptions): Promise<Float32Array> {
    const [vector] = await this.embedAll([text], options);
    return vector;
  }

  /**
   * Embeds texts, each of them once however often it occurs and whoever else in the deployment asks for it meanwhile.
   * @param texts non-empty, any number; exactly what the model is to read
   * @returns one vector per text, in the same order: L2-normalised, of the model's dimensions. They are shared with
   *   other callers: do not change them
   * @throws AppError `VALIDATION_FAILED` for an empty text, `EMBEDDING_UNAVAILABLE` if the model is needed and cannot be
   *   asked; the signal's reason if it aborts
   */
  async embedAll(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]> {
    const { vectors } = await this.lookUp(texts, options);
    const scope = options?.scope ?? SHARED_SCOPE;
    return texts.map((text) => vectors.get(scopedText(scope, text))!);
  }

  /** Embeds texts for later. @throws as {@link embedAll} */
  async warm(texts: readonly string[], options?: EmbedOptions): Promise<WarmUp> {
    const { vectors, findings } = await this.lookUp(texts, options);
    return { texts: vectors.size, hits: findings.memory + findings.redis, misses: findings.model };
  }

  /**
   * Forgets all embeddings of a model, of any dimensions: in Redis, and in the memory of this process.
   * @returns how many Redis held; without Redis: this process
   * @throws AppError `CACHE_UNAVAILABLE` if Redis is configured and cannot be asked; some may be gone
   */
  async purge(model: string): Promise<number> {
    const inMemory = model === this.model.name ? this.memory.clear() : 0;
    return this.redis.configured ? purgeEmbeddings(this.redis, model) : inMemory;
  }

  /** How many of the texts need no model, as far as memory and Redis can tell. Counts as no use of them. */
  async countCached(texts: readonly string[], scope = SHARED_SCOPE): Promise<number> {
    const found = new Map<ScopedText, Float32Array>();
    const unknown = this.fromMemory(new Set(texts.map((text) => scopedText(scope, text))), found);
    return found.size + (await this.shared.getAll(unknown)).size;
  }

  /** Forgets what one scope has in memory. @returns how much that was */
  forgetScope(scope: string): number {
    return this.memory.forgetScope(scope);
  }

  /** Forgets what is in memory. @returns how much that was */
  forgetMemory(): number {
    return this.memory.clear();
  }

  /** Vectors in memory. */
  get sizeInMemory(): number {
    return this.memory.size;
  }

  /** Texts that needed no model, and those that did, since this process started. */
  get counts(): { hits: number; misses: number } {
    return { hits: this.hits, misses: this.misses };
  }

  /** Resolves when everything embedded so far is written to Redis, or has failed to be. */
  settled(): Promise<void> {
    return this.shared.settled();
  }

  /** What was embedded last is written before the connection closes. */
  async onModuleDestroy(): Promise<void> {
    await this.settled();
  }

  async stats(): Promise<EmbeddingCacheStats> {
    const { ttlDays, encoding } = this.config.embeddingCache;
    const survey = await surveyEmbeddings(this.redis);
    const asked = this.hits + this.misses;
    return {
      totalCachedEmbeddings: survey?.embeddings ?? this.memory.size,
      redisMemoryUsed: survey?.memoryBytes ?? null,
      cacheTtlDays: ttlDays,
      hits: this.hits,
      misses: this.misses,
      hitRate: asked === 0 ? 0 : this.hits / asked,
      bytesPerEmbedding: encodedBytes(this.model.dimensions, encoding),
    };
  }

  private async lookUp(
    texts: readonly string[],
    { signal, charge, scope = SHARED_SCOPE }: EmbedOptions = {},
  ): Promise<{ vectors: Map<ScopedText, Float32Array>; findings: Findings }> {
    signal?.throwIfAborted();
    const empty = texts.indexOf('');
    if (empty >= 0) throw new AppError('VALIDATION_FAILED', `Text ${empty} of the batch is empty.`);
    const vectors = new Map<ScopedText, Float32Array>();
    const findings: Findings = { memory: 0, redis: 0, model: 0 };
    const unknown = this.fromMemory(new Set(texts.map((text) => scopedText(scope, text))), vectors);
    for (const [text, vector] of await this.shared.getAll(unknown)) {
      findings.redis++;
      this.memory.set(text, vector);
      vectors.set(text, vector);
    }
    signal?.throwIfAborted();
    // Once more: another call may have landed meanwhile.
    const misses = this.fromMemory(unknown, vectors);
    if (misses.length > 0) {
      const read: string[] = [];
      const fetch: FetchVectors = (own, stop, land) =>
        this.fetcher.fetch(own, stop, (text, vector, source) => {
          findings[source]++;
          if (source === 'model') read.push(textOf(text));
          this.memory.set(text, vector);
          land(text, vector);
        });
      const settle = await charge?.(misses.map(textOf));
      let isCertain = false;
      try {
        for (const [text, vector] of await this.flights.get(misses, fetch, signal)) vectors.set(text, vector);
        isCertain = true;
      } finally {
        await settle?.(read, isCertain);
      }
    }
    findings.memory = vectors.size - findings.redis - findings.model;
    this.record(vectors.size, findings);
    return { vectors, findings };
  }

  /** Adds the vectors of texts that it has none of. @returns the texts that are not in memory */
  private fromMemory(texts: Iterable<ScopedText>, vectors: Map<ScopedText, Float32Array>): ScopedText[] {
    const missing: ScopedText[] = [];
    for (const text of texts) {
      if (vectors.has(text)) continue;
      const vector = this.memory.get(text);
      if (vector) vectors.set(text, vector);
      else missing.push(text);
    }
    return missing;
  }

  private record(texts: number, { memory, redis, model }: Findings): void {
    this.hits += memory + redis;
    this.misses += model;
    if (memory > 0) this.metrics.embeddingCacheHits.inc({ tier: 'memory' }, memory);
    if (redis > 0) this.metrics.embeddingCacheHits.inc({ tier: 'redis' }, redis);
    if (model > 0) this.metrics.embeddingCacheMisses.inc(model);
    const share = Math.round((100 * (memory + redis)) / Math.max(1, texts));
    const line = `${texts} texts: ${memory + redis} hits (memory ${memory}, redis ${redis}), ${model} misses, ${share} % hits`;
    if (texts > 1) this.logger.log(line);
    else this.logger.debug(line);
  }
}
