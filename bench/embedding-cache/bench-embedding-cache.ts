import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { AppConfig } from '../../src/config/app-config';
import { EmbeddingCacheService } from '../../src/embedding-cache/embedding-cache.service';
import type { VectorEncoding } from '../../src/embedding-cache/vector-codec';
import type { EmbeddingModel } from '../../src/models/embedding-model';
import { LocalEmbeddingModel } from '../../src/models/drivers/local/local-embedding-model';
import { embeddingModelOf } from '../../src/models/embedding-models';
import { Metrics } from '../../src/observability/metrics';
import { CacheRedis } from '../../src/redis/cache-redis';
import { startRedis } from '../../test/support/services';
import { syntheticText } from '../chunking/synthetic-text';
import { percentile, rounded, timed } from '../measure';
import { type EncodingQuality, qualityOf } from './encoding-quality';
import { note } from '../note';

/** Result of `npm run bench -- embedding-cache --json`. Times in milliseconds, shares from 0 to 1. */
export interface EmbeddingCacheBench {
  texts: number;
  coldMs: number;
  /** `coldMs` ÷ the median time of the same texts as hits: in memory; in Redis, by a process with empty memory. */
  speedup: { memory: number; redis: number };
  /** The same by CPU time of the service, which is independent of other processes. */
  speedupByProcessorTime: { memory: number; redis: number };
  ms: { repeated80: number; memory: number; redis: number; redisFirstBatch: number };
  /** By request: 1,000 new texts; 800 known and 200 new; all known; all known, by a new process. */
  hitRate: { cold: number; repeated80: number; repeated: number; afterRestart: number };
  /** Redis commands that the new process needed for all texts. */
  roundTrips: number;
  encodings: Record<VectorEncoding, EncodingQuality>;
  /** Time of sequential GETs ÷ that of one MGET; and of as many pipelined GETs. */
  mgetVsGet: number;
  mgetVsGetsAtOnce: number;
}

/** Of one call, in milliseconds. */
interface Cost {
  ms: number;
  /** Of all threads. */
  processorMs: number;
}

/** Results of a process with empty memory. */
interface AfterRestart {
  /** The first batch, while the code is being compiled. */
  firstMs: number;
  median: Cost;
  hitRate: number;
  roundTrips: number;
}

/** The model reads 128 word pieces, about as many words. */
const WORDS_PER_TEXT = 90;
const NEW_SHARE = 0.2;
const REPETITIONS = 50;
/** Timeouts so long that a busy machine does not affect the measured process. */
const TIMEOUT_MS = '5000';

/**
 * `npm run bench -- embedding-cache`: measures what the cache saves with the local model and a private Redis. The texts are
 * synthetic, or taken from the `.md` files of a folder.
 */
export async function benchEmbeddingCache(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean', default: false },
      texts: { type: 'string', default: '1000' },
      data: { type: 'string' },
      // Internal: starts the second process of the measurement.
      'after-restart': { type: 'string' },
    },
  });
  // Logging a line per batch is part of the measurement, but its output is not needed.
  Logger.overrideLogger({ log: () => undefined, warn: note, error: note });
  const count = Number(values.texts);
  const texts = textsOf(Math.ceil(count * (1 + NEW_SHARE)), values.data);
  if (values['after-restart'] !== undefined) {
    const result = await measureAfterRestart(values['after-restart'], texts.slice(0, count));
    return void process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  const server = await startRedis({ role: 'cache' });
  try {
    const rest = ['--texts', values.texts, ...(values.data ? ['--data', values.data] : [])];
    const restart = () => {
      const command = [
        ...process.execArgv,
        process.argv[1],
        'embedding-cache',
        '--after-restart',
        server.url,
      ];
      return JSON.parse(
        execFileSync(process.execPath, [...command, ...rest], { encoding: 'utf8' }),
      ) as AfterRestart;
    };
    const result = await measure(server.url, texts, count, restart);
    process.stdout.write(`${JSON.stringify(result, null, values.json ? undefined : 2)}\n`);
  } finally {
    await server.destroy();
  }
}

async function measure(
  url: string,
  texts: readonly string[],
  count: number,
  restart: () => AfterRestart,
): Promise<EmbeddingCacheBench> {
  const known = texts.slice(0, count);
  const mixed = texts.slice(texts.length - count);
  const { cache, model, close } = await open(url);
  const client = new Redis(url);
  try {
    if (model instanceof LocalEmbeddingModel) await model.warmUp();
    note(`${count} texts, cold`);
    const cold = await asked(cache, () => cache.embedAll(known));
    note('80 % repeated, then all');
    const repeated80 = await asked(cache, () => cache.embedAll(mixed));
    const repeated = await asked(cache, () => cache.embedAll(known));
    const memory = await medianCost(() => cache.embedAll(known));
    await cache.settled();
    note('after a restart');
    const after = restart();
    note('encodings');
    const vectors = await cache.embedAll(known);
    const keys = await client.keys('embedding:*');
    const mget = await medianCost(() => client.mgetBuffer(keys));
    const atOnce = await medianCost(() => Promise.all(keys.map((key) => client.getBuffer(key))));
    const gets = await medianCost(async () => {
      for (const key of keys) await client.getBuffer(key);
    }, 3);
    return {
      texts: count,
      coldMs: rounded(cold.ms, 0),
      speedup: { memory: rounded(cold.ms / memory.ms, 0), redis: rounded(cold.ms / after.median.ms, 0) },
      speedupByProcessorTime: {
        memory: rounded(cold.processorMs / memory.processorMs, 0),
        redis: rounded(cold.processorMs / after.median.processorMs, 0),
      },
      ms: {
        repeated80: rounded(repeated80.ms, 0),
        memory: rounded(memory.ms, 3),
        redis: rounded(after.median.ms, 2),
        redisFirstBatch: rounded(after.firstMs, 2),
      },
      hitRate: {
        cold: cold.hitRate,
        repeated80: repeated80.hitRate,
        repeated: repeated.hitRate,
        afterRestart: after.hitRate,
      },
      roundTrips: after.roundTrips,
      encodings: {
        float32: qualityOf(vectors, 'float32'),
        float16: qualityOf(vectors, 'float16'),
        int8: qualityOf(vectors, 'int8'),
      },
      mgetVsGet: rounded(gets.ms / mget.ms, 1),
      mgetVsGetsAtOnce: rounded(atOnce.ms / mget.ms, 1),
    };
  } finally {
    client.disconnect();
    await close();
  }
}

/** In a new process: its first batch, then similar ones, each with an empty memory cache. */
async function measureAfterRestart(url: string, texts: readonly string[]): Promise<AfterRestart> {
  const client = new Redis(url);
  const reads = async () => {
    const info = await client.info('commandstats');
    return [...info.matchAll(/^cmdstat_m?get:calls=(\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
  };
  const { cache, emptied, close } = await open(url);
  const before = await reads();
  const first = await asked(cache, () => cache.embedAll(texts));
  const roundTrips = (await reads()) - before;
  const median = await medianCost(() => emptied().embedAll(texts));
  client.disconnect();
  await close();
  return { firstMs: first.ms, median, hitRate: first.hitRate, roundTrips };
}

interface OpenCache {
  cache: EmbeddingCacheService;
  model: EmbeddingModel;
  /** Another cache on the same Redis, with empty memory. */
  emptied: () => EmbeddingCacheService;
  close: () => Promise<void>;
}

async function open(url: string): Promise<OpenCache> {
  const config = AppConfig.parse({ REDIS_CACHE_URL: url, REDIS_CACHE_TIMEOUT_MS: TIMEOUT_MS });
  const metrics = new Metrics(new Registry());
  const redis = new CacheRedis(config.redisCache, metrics);
  await redis.start();
  const model = embeddingModelOf(config);
  const emptied = () => new EmbeddingCacheService(model, redis, config, metrics);
  const cache = emptied();
  const close = async () => {
    await cache.onModuleDestroy();
    redis.close();
    await model.close();
  };
  return { cache, model, emptied, close };
}

/** Cost of a call, and the share of its texts that needed no model. */
async function asked(cache: EmbeddingCacheService, call: () => Promise<unknown>) {
  const before = await cache.stats();
  const cost = await costOf(call);
  const after = await cache.stats();
  const hits = after.hits - before.hits;
  return { ...cost, hitRate: hits / (hits + after.misses - before.misses) };
}

async function costOf(call: () => Promise<unknown>): Promise<Cost> {
  const cpuBefore = process.cpuUsage();
  const { ms } = await timed(call);
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ms, processorMs: (user + system) / 1000 };
}

async function medianCost(call: () => Promise<unknown>, times = REPETITIONS): Promise<Cost> {
  const all: Cost[] = [];
  for (let i = 0; i < times; i++) all.push(await costOf(call));
  const median = (of: (cost: Cost) => number) => percentile(all.map(of), 0.5);
  return { ms: median(({ ms }) => ms), processorMs: median(({ processorMs }) => processorMs) };
}

/** Distinct texts, each as long as the model reads. */
function textsOf(count: number, folder?: string): string[] {
  const source = folder === undefined ? syntheticText(count * WORDS_PER_TEXT * 10) : filesOf(folder);
  const words = source.split(/\s+/);
  const texts = new Set<string>();
  for (let i = 0; i + WORDS_PER_TEXT <= words.length && texts.size < count; i += WORDS_PER_TEXT)
    texts.add(words.slice(i, i + WORDS_PER_TEXT).join(' '));
  if (texts.size < count) throw new Error(`the data contains only ${texts.size} texts`);
  return [...texts];
}

function filesOf(folder: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.md'));
  return files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n\n');
}
