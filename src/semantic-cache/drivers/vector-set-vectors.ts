import { toFloat32Bytes } from '../../common/vector';
import type { CacheRedis } from '../../redis/cache-redis';
import { vectorsKey } from './answer-record';
import type { EntryVectors, NearEntry } from './entry-vectors';

/** Nodes of the HNSW graph looked at; more finds more. */
const SEARCH_EFFORT = 200;

/**
 * Vectors in a vector set for each slot.
 * @see https://redis.io/docs/latest/develop/data-types/vector-sets/
 */
export class VectorSetVectors implements EntryVectors {
  readonly kind = 'vector-set';

  constructor(private readonly redis: Pick<CacheRedis, 'run'>) {}

  async prepare(): Promise<void> {}

  encode(vector: Float32Array): { field: string; bytes: Buffer } {
    return { field: '', bytes: toFloat32Bytes(vector) };
  }

  async search(tenantId: string, slot: string, vector: Float32Array, count: number): Promise<NearEntry[]> {
    const key = vectorsKey(tenantId, slot);
    const bytes = toFloat32Bytes(vector);
    const reply = (await this.redis.run('answer.nearest', (client) =>
      client.call('VSIM', key, 'FP32', bytes, 'WITHSCORES', 'COUNT', count, 'EF', SEARCH_EFFORT),
    )) as string[];
    const found: NearEntry[] = [];
    // A score is (1 + cosine) / 2.
    for (let i = 0; i < reply.length; i += 2)
      found.push({ id: reply[i], similarity: Math.min(1, Math.max(-1, 2 * Number(reply[i + 1]) - 1)) });
    return found;
  }
}
