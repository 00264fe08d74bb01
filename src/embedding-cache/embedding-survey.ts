import type { CacheRedis } from '../redis/cache-redis';
import { serversOf } from '../redis/many-keys';
import { pipelineValues } from '../redis/redis-client';
import { orWithoutCache } from '../redis/redis-failure';
import { EMBEDDING_KEY_PREFIX } from '../redis/redis-keys';

/** Servers with at most so many keys are counted; of others a sample is taken. */
const MAX_COUNTED_KEYS = 20_000;
const SCAN_COUNT = 1_000;
const SAMPLE = 1_000;
const TIMEOUT_MS = 1_000;

export interface EmbeddingSurvey {
  /** Embeddings in Redis, of all models. */
  embeddings: number;
  /** Bytes that the servers use for all they hold. */
  memoryBytes: number;
}

type Server = ReturnType<typeof serversOf>[number];

/**
 * Counts the embeddings in Redis without KEYS. A counter would not know what has expired or was evicted, so the keys
 * themselves are asked: all of them on a small server; beyond that, the share of embeddings among random keys (within
 * 3 percentage points, 95 times of 100).
 * @returns null without Redis
 */
export async function surveyEmbeddings(redis: CacheRedis): Promise<EmbeddingSurvey | null> {
  return orWithoutCache(null, () =>
    redis.run('embedding.stats', (client) => surveyAll(serversOf(client)), TIMEOUT_MS),
  );
}

async function surveyAll(servers: readonly Server[]): Promise<EmbeddingSurvey> {
  const surveys = await Promise.all(
    servers.map(async (server) => ({
      embeddings: await count(server),
      memoryBytes: await usedMemory(server),
    })),
  );
  return surveys.reduce((sum, survey) => ({
    embeddings: sum.embeddings + survey.embeddings,
    memoryBytes: sum.memoryBytes + survey.memoryBytes,
  }));
}

async function count(server: Server): Promise<number> {
  const keys = await server.dbsize();
  if (keys > MAX_COUNTED_KEYS) return Math.round(keys * (await shareOfSample(server)));
  // SCAN may give a key twice.
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [next, page] = await server.scan(cursor, 'MATCH', `${EMBEDDING_KEY_PREFIX}*`, 'COUNT', SCAN_COUNT);
    for (const key of page) found.add(key);
    cursor = next;
  } while (cursor !== '0');
  return found.size;
}

async function shareOfSample(server: Server): Promise<number> {
  const pipeline = server.pipeline();
  for (let i = 0; i < SAMPLE; i++) pipeline.randomkey();
  const keys = pipelineValues(await pipeline.exec()) as (string | null)[];
  return keys.filter((key) => key?.startsWith(EMBEDDING_KEY_PREFIX)).length / SAMPLE;
}

async function usedMemory(server: Server): Promise<number> {
  const info = await server.info('memory');
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0);
}
