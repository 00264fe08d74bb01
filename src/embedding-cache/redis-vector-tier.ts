import { Logger } from '@nestjs/common';
import type { AppConfig } from '../config/app-config';
import type { EmbeddingModel } from '../models/embedding-model';
import type { Metrics } from '../observability/metrics';
import type { CacheRedis } from '../redis/cache-redis';
import type { RedisClient } from '../redis/redis-client';
import { expireMany, getMany, getOrClaimMany, setMany, unlinkMany } from '../redis/many-keys';
import { cacheFailureOf } from '../redis/redis-failure';
import { embeddingKey, embeddingLeaseKey } from '../redis/redis-keys';
import { hashOfText, type ScopedText } from './scoped-text';
import { decodeVector, encodedBytes, encodeVector } from './vector-codec';

/** A large batch needs longer than one small call: a millisecond more for this many bytes. */
const BYTES_PER_EXTRA_MS = 20_000;

/**
 * What is read at once. All calls share a connection, and a small one waits behind this; measured with vectors of 1,536
 * dimensions, one MGET of 1,000 makes it wait for 12 ms (p90), pieces like this for 2 ms, and take less time in all.
 */
const MAX_BYTES_PER_READ = 2 * 1024 * 1024;

/** What may wait to be written; a Redis slower than the model gets no more. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** A process that does not renew its leases for this long is taken for dead. */
const LEASE_MS = 3_000;
const RENEWALS_PER_LEASE = 3;

type Operation = 'get' | 'claim' | 'renew' | 'set' | 'refresh' | 'release' | 'delete';

/** What a process may do about texts that it has not found. */
export interface Claim {
  /** Kept meanwhile. */
  found: ReadonlyMap<string, Float32Array>;
  /** For the caller to embed; others leave them alone until `release`. */
  own: readonly string[];
  /** Another process is embedding them. */
  held: readonly string[];
  /** Gives `own` back, once everything that was put before is written; any further call does nothing. */
  release(): void;
}

/**
 * Vectors by text in Redis, shared by all processes and kept over restarts; tenants share them only by choice. Fails silently: without Redis
 * nothing is found and nothing is kept.
 */
export class RedisVectorTier {
  private readonly logger = new Logger('EmbeddingCache');
  private readonly failing = new Set<Operation>();
  /** Writes go one after the other, so that they hold up no read for long, and none waits at its own expense. */
  private lastWrite: Promise<unknown> = Promise.resolve();
  private waitingBytes = 0;

  constructor(
    private readonly redis: CacheRedis,
    private readonly model: Pick<EmbeddingModel, 'name' | 'dimensions'>,
    private readonly settings: Pick<AppConfig['embeddingCache'], 'ttlSeconds' | 'refreshOnUse' | 'encoding'>,
    private readonly metrics: Pick<Metrics, 'embeddingCacheErrors'>,
  ) {}

  /** Those of the texts that are kept, with their vectors; one round trip, or one for every 2 MiB. */
  async getAll(texts: readonly ScopedText[]): Promise<Map<string, Float32Array>> {
    const found = new Map<string, Float32Array>();
    const textsPerRead = Math.max(1, Math.floor(MAX_BYTES_PER_READ / this.bytesOf(1)));
    for (let i = 0; i < texts.length; i += textsPerRead)
      if (!(await this.getInto(found, texts.slice(i, i + textsPerRead)))) break;
    if (this.settings.refreshOnUse && found.size > 0) {
      const used = [...found.keys()].map((text) => this.keyOf(text));
      this.later('refresh', used.length, (client) =>
        expireMany(client, used, this.settings.ttlSeconds * 1000),
      );
    }
    return found;
  }

  /** Divides texts among the processes that miss them together; without Redis, all are the caller's. One round trip. */
  async claim(texts: readonly ScopedText[]): Promise<Claim> {
    const keys = texts.map((text) => this.keyOf(text));
    const claims = await this.attempt('claim', texts.length, (client) =>
      getOrClaimMany(client, keys, embeddingLeaseKey, LEASE_MS),
    );
    if (claims === null) return { found: new Map(), own: texts, held: [], release: () => undefined };
    const found = new Map<string, Float32Array>();
    const own: string[] = [];
    const held: string[] = [];
    claims.forEach(({ value, claimed }, i) => {
      const vector = value && decodeVector(value, this.model.dimensions);
      if (vector) found.set(texts[i], vector);
      else (claimed ? own : held).push(texts[i]);
    });
    const leases = keys.filter((_, i) => claims[i].claimed).map(embeddingLeaseKey);
    return { found, own, held, release: this.renew(leases) };
  }

  /** Keeps vectors, soon; does not wait until they are kept. @see settled */
  putAll(vectors: ReadonlyMap<string, Float32Array>): void {
    if (!this.redis.configured || vectors.size === 0) return;
    this.later('set', vectors.size, (client) => {
      const entries = [...vectors].map(([text, vector]) => ({
        key: this.keyOf(text),
        value: encodeVector(vector, this.settings.encoding),
      }));
      return setMany(client, entries, this.settings.ttlSeconds);
    });
  }

  /** Resolves when everything that is to be written is written, or has failed. */
  async settled(): Promise<void> {
    while (this.waitingBytes > 0) await this.lastWrite;
  }

  /** @returns whether Redis could be asked */
  private async getInto(found: Map<string, Float32Array>, texts: readonly string[]): Promise<boolean> {
    const keys = texts.map((text) => this.keyOf(text));
    const values = await this.attempt('get', texts.length, (client) => getMany(client, keys));
    const corrupt: string[] = [];
    values?.forEach((value, i) => {
      if (value === null) return;
      const vector = decodeVector(value, this.model.dimensions);
      if (vector) found.set(texts[i], vector);
      else corrupt.push(keys[i]);
    });
    if (corrupt.length > 0) {
      this.metrics.embeddingCacheErrors.inc({ op: 'decode' }, corrupt.length);
      this.later('delete', corrupt.length, (client) => unlinkMany(client, corrupt));
    }
    return values !== null;
  }

  /** Keeps leases from ending. @returns what gives them back */
  private renew(leases: readonly string[]): () => void {
    if (leases.length === 0) return () => undefined;
    const renewal = setInterval(() => {
      void this.attempt('renew', leases.length, (client) => expireMany(client, leases, LEASE_MS));
    }, LEASE_MS / RENEWALS_PER_LEASE).unref();
    let released = false;
    return () => {
      if (released) return;
      released = true;
      clearInterval(renewal);
      this.later('release', leases.length, (client) => unlinkMany(client, leases));
    };
  }

  private keyOf(text: ScopedText): string {
    return embeddingKey(this.model.name, this.model.dimensions, hashOfText(text));
  }

  private later(operation: Operation, texts: number, call: (client: RedisClient) => Promise<unknown>): void {
    const bytes = this.bytesOf(texts);
    if (this.waitingBytes > 0 && this.waitingBytes + bytes > MAX_WAITING_BYTES) {
      this.metrics.embeddingCacheErrors.inc({ op: operation });
      return;
    }
    this.waitingBytes += bytes;
    this.lastWrite = this.lastWrite
      .then(() => this.attempt(operation, texts, call))
      .finally(() => (this.waitingBytes -= bytes));
  }

  private bytesOf(texts: number): number {
    return texts * encodedBytes(this.model.dimensions, this.settings.encoding);
  }

  /** @returns null on failure, which is counted, and logged if the call before it worked */
  private async attempt<T>(
    operation: Operation,
    texts: number,
    call: (client: RedisClient) => Promise<T>,
  ): Promise<T | null> {
    if (!this.redis.configured) return null;
    const timeoutMs = this.redis.timeoutMs + this.bytesOf(texts) / BYTES_PER_EXTRA_MS;
    try {
      const value = await this.redis.run(`embedding.${operation}`, call, timeoutMs);
      if (this.failing.delete(operation)) this.logger.log(`Redis works again (${operation}).`);
      return value;
    } catch (error) {
      this.metrics.embeddingCacheErrors.inc({ op: operation });
      const failure = cacheFailureOf(error);
      if (failure === null) {
        const stack = error instanceof Error ? error.stack : String(error);
        this.logger.error(`The embedding cache failed (${operation}): ${stack}`);
        return null;
      }
      if (!this.failing.has(operation))
        this.logger.warn(`Going on without Redis (${operation}, ${failure}).`);
      this.failing.add(operation);
      return null;
    }
  }
}
