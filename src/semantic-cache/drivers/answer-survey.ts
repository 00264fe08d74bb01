import type { CacheRedis } from '../../redis/cache-redis';
import { pipelineValues } from '../../redis/redis-client';
import type { AnswerIndexStats } from '../answer-index';
import { batches, entryKey, slotKey, vectorsKey } from './answer-record';

/** Slots and entries that are measured. */
const SAMPLE = 20;

/**
 * Counts a tenant's entries, and projects their bytes from a sample as Redis itself measures it.
 * @param slots all of the tenant
 */
export async function surveyAnswers(
  redis: Pick<CacheRedis, 'run'>,
  tenantId: string,
  slots: readonly string[],
  nowMs: number,
): Promise<AnswerIndexStats> {
  const counts: number[] = [];
  for (const batch of batches(slots)) counts.push(...(await countAlive(redis, tenantId, batch, nowMs)));
  const entries = sumOf(counts);
  const sampled = slots.filter((_, i) => counts[i] > 0).slice(0, SAMPLE);
  if (sampled.length === 0) return { entries, bytes: 0 };

  const indexSizes = await sizes(
    redis,
    sampled.flatMap((slot) => [vectorsKey(tenantId, slot), slotKey(tenantId, slot)]),
  );
  const ids = await redis.run('answer.stats', (client) =>
    client.zrange(slotKey(tenantId, sampled[0]), 0, SAMPLE - 1),
  );
  const entrySizes = await sizes(
    redis,
    ids.map((id) => entryKey(tenantId, id)),
  );
  const sampledEntries = sumOf(sampled.map((slot) => counts[slots.indexOf(slot)]));
  const bytesPerEntry =
    sumOf(indexSizes) / sampledEntries + sumOf(entrySizes) / Math.max(1, entrySizes.length);
  return { entries, bytes: Math.round(entries * bytesPerEntry) };
}

function countAlive(
  redis: Pick<CacheRedis, 'run'>,
  tenantId: string,
  slots: readonly string[],
  nowMs: number,
): Promise<number[]> {
  return redis.run('answer.stats', async (client) => {
    const pipeline = client.pipeline();
    for (const slot of slots) pipeline.zcount(slotKey(tenantId, slot), `(${nowMs}`, '+inf');
    return pipelineValues(await pipeline.exec()) as number[];
  });
}

/** Bytes of those of the keys that exist. */
async function sizes(redis: Pick<CacheRedis, 'run'>, keys: readonly string[]): Promise<number[]> {
  const all = await redis.run('answer.stats', async (client) => {
    const pipeline = client.pipeline();
    for (const key of keys) pipeline.memory('USAGE', key);
    return pipelineValues(await pipeline.exec()) as (number | null)[];
  });
  return all.filter((size) => size !== null);
}

const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0);
