import { Cluster } from 'ioredis';
import type { RedisClient } from './redis-client';

/**
 * Share (0 to 1) of its memory that a server uses: of `maxmemory`, or of its machine's memory where that is not set; of
 * a cluster, the highest among its masters.
 */
export async function redisMemoryRatio(client: RedisClient): Promise<number> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  const reports = await Promise.all(nodes.map((node) => node.info('memory')));
  return Math.max(...reports.map(memoryRatioOf));
}

/** @param report what `INFO memory` answers */
export function memoryRatioOf(report: string): number {
  const fields = new Map<string, string>();
  for (const line of report.split(/\r?\n/)) {
    const [name, value = ''] = line.split(':', 2);
    fields.set(name, value);
  }
  const field = (name: string) => Number.parseInt(fields.get(name) ?? '', 10) || 0;
  return field('used_memory') / (field('maxmemory') || field('total_system_memory') || Infinity);
}
