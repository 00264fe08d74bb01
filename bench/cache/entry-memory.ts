import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { systemClock } from '../../src/common/clock';
import { sha256Hex } from '../../src/common/hash';
import { l2Normalise, foldVector } from '../../src/common/vector';
import { AppConfig } from '../../src/config/app-config';
import { Metrics } from '../../src/observability/metrics';
import { CacheRedis } from '../../src/redis/cache-redis';
import type { AnswerIndex } from '../../src/semantic-cache/answer-index';
import type { CacheEntry } from '../../src/semantic-cache/cache-entry';
import { MemoryAnswerIndex } from '../../src/semantic-cache/drivers/memory-answer-index';
import { RedisAnswerIndex } from '../../src/semantic-cache/drivers/redis-answer-index';
import { SearchVectors } from '../../src/semantic-cache/drivers/search-vectors';
import { VectorSetVectors } from '../../src/semantic-cache/drivers/vector-set-vectors';
import { startRedis } from '../../test/support/services';
import { syntheticText } from '../chunking/synthetic-text';
import { seededRandom } from '../../test/support/seeded-random';

export const DIMENSIONS = [512, 3072] as const;
/** Bytes of an entry with all its keys and index nodes, by the length of the embedding. */
export type BytesPerEntry = Record<(typeof DIMENSIONS)[number], number>;

const CITATIONS = 3;
const EXCERPT_CHARACTERS = 300;
const ANSWER_CHARACTERS = 600;
const ENTRIES_PER_DOCUMENT = 20;
const PATIENT_MS = 10_000;
/** Small enough not to be affected by load on the machine. */
const AT_ONCE = 16;

/** Measures the memory of an entry in each index: the growth of the server's, or this process's, memory by many entries. */
export async function bytesPerEntry(entries: number): Promise<Record<string, BytesPerEntry>> {
  const { REDIS_SEARCH_URL } = process.env;
  return {
    memory: await each((dimensions) => inProcess(entries, dimensions)),
    'vector-set': await each(async (dimensions) => {
      const server = await startRedis({ role: 'cache' });
      try {
        return await inRedis(server.url, 'vector-set', entries, dimensions);
      } finally {
        await server.destroy();
      }
    }),
    ...(REDIS_SEARCH_URL && {
      search: await each((dimensions) => inRedis(REDIS_SEARCH_URL, 'search', entries, dimensions)),
    }),
  };
}

async function each(measure: (dimensions: number) => Promise<number>): Promise<BytesPerEntry> {
  return { 512: await measure(512), 3072: await measure(3072) };
}

async function inProcess(entries: number, dimensions: number): Promise<number> {
  const index = new MemoryAnswerIndex(systemClock, entries);
  const before = usedByProcess();
  await fill(index, randomUUID(), entries, dimensions);
  const bytes = (usedByProcess() - before) / entries;
  // Also keeps the index reachable until here.
  if (!(await index.get('', '')).hit) return Math.round(bytes);
  throw new Error('found what was never stored');
}

async function inRedis(url: string, kind: 'vector-set' | 'search', entries: number, dimensions: number) {
  const redis = new CacheRedis({ url, timeoutMs: PATIENT_MS }, new Metrics(new Registry()));
  const client = new Redis(url);
  const tenantId = randomUUID();
  try {
    await redis.start();
    const { hnsw } = AppConfig.parse({}).semanticCache;
    const vectors = kind === 'search' ? new SearchVectors(redis, hnsw) : new VectorSetVectors(redis);
    const index = new RedisAnswerIndex(redis, vectors, systemClock);
    // The first entry loads scripts and creates the index.
    await fill(index, tenantId, 1, dimensions);
    const before = await usedByRedis(client);
    await fill(index, tenantId, entries, dimensions);
    const bytes = ((await usedByRedis(client)) - before) / (entries - 1);
    await index.deleteAll(tenantId);
    return Math.round(bytes);
  } finally {
    client.disconnect();
    redis.close();
  }
}

async function fill(index: AnswerIndex, tenantId: string, entries: number, dimensions: number) {
  const random = seededRandom(dimensions);
  const text = syntheticText(entries * EXCERPT_CHARACTERS + 2 * ANSWER_CHARACTERS * CITATIONS);
  const put = async (n: number) => {
    const vector = l2Normalise(Float32Array.from({ length: dimensions }, () => random() - 0.5));
    await index.put(entryOf(tenantId, n, text.slice(n * EXCERPT_CHARACTERS)), foldVector(vector));
  };
  for (let n = 0; n < entries; n += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, entries - n) }, (_, i) => put(n + i)));
}

/** An entry of typical size: an answer of a hundred words with three citations. */
function entryOf(tenantId: string, n: number, text: string): CacheEntry {
  const documentIds = Array.from({ length: CITATIONS }, (_, i) =>
    uuidOf(`document ${Math.floor(n / ENTRIES_PER_DOCUMENT) + i}`),
  );
  const scopeHash = sha256Hex(tenantId);
  const hashes = Array.from({ length: 6 }, (_, i) => sha256Hex(`${n} ${i}`));
  return {
    id: sha256Hex(`${scopeHash} ${n}`),
    tenantId,
    collectionId: tenantId,
    scopeHash,
    question: text.slice(0, 60),
    response: text.slice(0, ANSWER_CHARACTERS),
    citations: documentIds.map((documentId, i) => ({
      n: i + 1,
      documentId,
      externalId: `handbook/part-${i}.md`,
      version: 1,
      chunkId: uuidOf(`chunk ${n} ${i}`),
      start: 1200 * i,
      end: 1200 * i + 900,
      title: 'Handbook',
      score: random01(n + i),
      excerpt: text.slice((i + 1) * ANSWER_CHARACTERS, (i + 1) * ANSWER_CHARACTERS + EXCERPT_CHARACTERS),
      contentHash: hashes[i],
    })),
    fingerprint: sha256Hex(`evidence ${n}`),
    evidence: hashes,
    epoch: '7',
    documentIds,
    usage: { model: 'gpt-4o-mini', promptTokens: 900, completionTokens: 120, costUsd: 0.0002 },
    createdAtMs: systemClock.nowMs(),
    ttlSeconds: 86_400,
  };
}

const random01 = (n: number) => Math.abs(Math.sin(n));

function uuidOf(text: string): string {
  return sha256Hex(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

export async function usedByRedis(client: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1]);
}

function usedByProcess(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
