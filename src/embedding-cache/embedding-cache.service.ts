import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { AppConfig } from '../config/app-config';
import { EMBEDDING_MODEL, type EmbeddingModel } from '../models/embedding-model';
import { Metrics } from '../observability/metrics';
import { CacheRedis } from '../redis/cache-redis';
import { EmbeddingFlights, type Land } from './embedding-flights';
import { surveyEmbeddings } from './embedding-survey';
import { MemoryVectorTier } from './memory-vector-tier';
import { RedisVectorTier } from './redis-vector-tier';
import { asStored, encodedBytes } from './vector-codec';

export interface EmbedOptions {
  /** Gives up waiting; the model stops only if nobody else waits for the same texts. */
  signal?: AbortSignal;
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

/** Where the different texts of one call were found. */
interface Findings {
  redis: number;
  model: number;
}

/**
 * Text to vector: from this process's memory, from Redis, from the model, in this order. A text has the same vector
 * whichever it comes from. Redis may be slow, wrong or away: then more is embedded, and nothing fails.
 */
@Injectable()
export class EmbeddingCacheService implements OnModuleDestroy {
  private readonly logger = new Logger('EmbeddingCache');
  private readonly memory: MemoryVectorTier;
  private readonly shared: RedisVectorTier;
  private readonly flights = new EmbeddingFlights();
  private hits = 0;
  private misses = 0;

  constructor(
    /** The model behind the cache; its limits say how texts are to be cut. */
    @Inject(EMBEDDING_MODEL) readonly model: EmbeddingModel,
    private readonly redis: CacheRedis,
    private readonly config: AppConfig,
    private readonly metrics: Metrics,
  ) {
    this.memory = new MemoryVectorTier(config.embeddingCache.memoryBytes);
    this.shared = new RedisVectorTier(redis, model, config.embeddingCache, metrics);
  }

  /** The vector of one text. @see embedAll */
  async embedOne(text: string, options?: EmbedOptions): Promise<Float32Array> {
    const [vector] = await this.embedAll([text], options);
    return vector;
  }

  /**
   * Embeds texts, each of them once however often it occurs and whoever else in this process asks for it meanwhile.
   * @param texts non-empty, any number; exactly what the model is to read
   * @returns one vector per text, in the same order: L2-normalised, of the model's dimensions. They are shared with
   *   other callers: do not change them
   * @throws AppError `VALIDATION_FAILED` for an empty text, `EMBEDDING_UNAVAILABLE` if the model is needed and cannot be
   *   asked; the signal's reason if it aborts
   */
  async embedAll(texts: readonly string[], { signal }: EmbedOptions = {}): Promise<Float32Array[]> {
    signal?.throwIfAborted();
    const empty = texts.indexOf('');
    if (empty >= 0) throw new AppError('VALIDATION_FAILED', `Text ${empty} of the batch is empty.`);
    const vectors = new Map<string, Float32Array>();
    const rest: string[] = [];
    for (const text of new Set(texts)) {
      const vector = this.memory.get(text);
      if (vector) vectors.set(text, vector);
      else rest.push(text);
    }
    const findings: Findings = { redis: 0, model: 0 };
    if (rest.length > 0) {
      const fetched = await this.flights.get(
        rest,
        (own, stop, land) => this.fetch(own, findings, stop, land),
        signal,
      );
      for (const [text, vector] of fetched) vectors.set(text, vector);
    }
    this.record(vectors.size, findings);
    return texts.map((text) => vectors.get(text)!);
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

  /** Redis, then the model in calls of what it takes at once; each call's vectors are kept before the next begins. */
  private async fetch(
    texts: readonly string[],
    findings: Findings,
    signal: AbortSignal,
    land: Land,
  ): Promise<void> {
    const found = await this.shared.getAll(texts);
    findings.redis += found.size;
    for (const [text, vector] of found) {
      this.memory.set(text, vector);
      land(text, vector);
    }
    const misses = texts.filter((text) => !found.has(text));
    for (let i = 0; i < misses.length; i += this.model.maxBatchSize) {
      const batch = misses.slice(i, i + this.model.maxBatchSize);
      const embedded = await this.model.embed(batch, signal);
      findings.model += batch.length;
      const vectors = new Map(
        batch.map((text, j) => [text, asStored(embedded[j], this.config.embeddingCache.encoding)]),
      );
      this.shared.putAll(vectors);
      for (const [text, vector] of vectors) {
        this.memory.set(text, vector);
        land(text, vector);
      }
    }
  }

  private record(texts: number, { redis, model }: Findings): void {
    // What another call was embedding at the moment counts as found in memory.
    const memory = texts - redis - model;
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
