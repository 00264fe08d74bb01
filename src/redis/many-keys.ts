import { Cluster } from 'ioredis';
import { pipelineValues, type RedisClient } from './redis-client';

/** The values of many keys in their order, null where there is none: one MGET, or one GET per key in a cluster. */
export async function getMany(client: RedisClient, keys: readonly string[]): Promise<(Buffer | null)[]> {
  if (keys.length === 0) return [];
  if (client instanceof Cluster) return Promise.all(keys.map((key) => client.getBuffer(key)));
  return client.mgetBuffer([...keys]);
}

/** Sets many keys with one time to live, in one pipeline, or one SET per key in a cluster. */
export async function setMany(
  client: RedisClient,
  entries: readonly { key: string; value: Buffer }[],
  ttlSeconds: number,
): Promise<void> {
  if (client instanceof Cluster) {
    await Promise.all(entries.map(({ key, value }) => client.set(key, value, 'EX', ttlSeconds)));
    return;
  }
  const pipeline = client.pipeline();
  for (const { key, value } of entries) pipeline.set(key, value, 'EX', ttlSeconds);
  pipelineValues(await pipeline.exec());
}

/** Removes many keys without waiting for their memory to be freed. */
export async function unlinkMany(client: RedisClient, keys: readonly string[]): Promise<void> {
  if (client instanceof Cluster) await Promise.all(keys.map((key) => client.unlink(key)));
  else await client.unlink(...keys);
}

/** The servers that hold the keys: one, or the masters of a cluster. */
export function serversOf(client: RedisClient) {
  return client instanceof Cluster ? client.nodes('master') : [client];
}
