import { toHalfBits, toFloat32Bytes } from '../../common/vector';
import type { CacheRedis } from '../../redis/cache-redis';
import { cacheFailureOf } from '../../redis/redis-failure';
import { entryKey } from './answer-record';
import type { EntryVectors, NearEntry } from './entry-vectors';
import { readSearchReply } from './search-reply';

/** How the HNSW graph is built and searched. */
export interface HnswSettings {
  /** Links of a node per layer. */
  m: number;
  efConstruction: number;
  efRuntime: number;
}

/** Every key of a tenant; of these only the hashes of entries have the fields of the schema. */
const KEY_PREFIX = '{t:';

/** Halves where the server knows them (RediSearch 2.10), as they take half the memory; else singles. */
const ENCODINGS = [
  { type: 'FLOAT16', toBytes: toHalfBytes },
  { type: 'FLOAT32', toBytes: toFloat32Bytes },
] as const;
type Encoding = (typeof ENCODINGS)[number];

// The texts differ from version to version.
const INDEX_MISSING = /no such index|unknown index|index[_ ]not[_ ]found/i;
const INDEX_EXISTS = /already exists|index[_ ]exists/i;

/**
 * Vectors in a field of their entry's hash, found by an index of RediSearch for each length of vectors. The index sees
 * a hash as it is written, and one that was lost is made again when it is missed.
 * @see https://redis.io/docs/latest/develop/ai/search-and-query/vectors/
 */
export class SearchVectors implements EntryVectors {
  readonly kind = 'search';
  private encoding: Encoding = ENCODINGS[0];
  /** Lengths whose index is known to have been there. */
  private readonly prepared = new Set<number>();

  constructor(
    private readonly redis: Pick<CacheRedis, 'run'>,
    private readonly hnsw: HnswSettings,
  ) {}

  async prepare(dimensions: number): Promise<void> {
    if (!this.prepared.has(dimensions)) await this.createIndex(dimensions);
  }

  encode(vector: Float32Array): { field: string; bytes: Buffer } {
    return { field: fieldOf(this.encoding, vector.length), bytes: this.encoding.toBytes(vector) };
  }

  async search(tenantId: string, slot: string, vector: Float32Array, count: number): Promise<NearEntry[]> {
    await this.prepare(vector.length);
    try {
      return await this.query(tenantId, slot, vector, count);
    } catch (error) {
      if (!INDEX_MISSING.test(causeOf(error))) throw error;
      // Lost with the server's data, or dropped: the hashes that exist are indexed again.
      await this.createIndex(vector.length);
      return this.query(tenantId, slot, vector, count);
    }
  }

  private async query(
    tenantId: string,
    slot: string,
    vector: Float32Array,
    count: number,
  ): Promise<NearEntry[]> {
    const { field, bytes } = this.encode(vector);
    const reply = await this.redis.run('answer.nearest', (client) =>
      client.call(
        'FT.SEARCH',
        indexOf(this.encoding, vector.length),
        `(@slot:{$slot})=>[KNN $count @${field} $vector AS distance]`,
        ...['PARAMS', 6, 'slot', slot, 'count', count, 'vector', bytes],
        ...['SORTBY', 'distance', 'LIMIT', 0, count, 'RETURN', 1, 'distance', 'DIALECT', 2],
      ),
    );
    // The index is of all tenants; a scope is of one, but nothing here relies on that.
    const own = entryKey(tenantId, '');
    return readSearchReply(reply).flatMap(({ key, similarity }) =>
      key.startsWith(own) ? [{ id: key.slice(own.length), similarity }] : [],
    );
  }

  private async createIndex(dimensions: number): Promise<void> {
    for (const encoding of ENCODINGS) {
      if (!(await this.create(dimensions, encoding))) continue;
      // Not before: others write meanwhile, and must not use what the server may refuse.
      this.encoding = encoding;
      break;
    }
    this.prepared.add(dimensions);
  }

  /** @returns false if the server does not know the encoding, unless it is the last one */
  private async create(dimensions: number, encoding: Encoding): Promise<boolean> {
    const { m, efConstruction, efRuntime } = this.hnsw;
    const vector = ['TYPE', encoding.type, 'DIM', dimensions, 'DISTANCE_METRIC', 'COSINE'];
    const graph = ['M', m, 'EF_CONSTRUCTION', efConstruction, 'EF_RUNTIME', efRuntime];
    const attributes = [...vector, ...graph];
    try {
      await this.redis.run('answer.index', (client) =>
        client.call(
          'FT.CREATE',
          indexOf(encoding, dimensions),
          ...['ON', 'HASH', 'PREFIX', 1, KEY_PREFIX, 'SCHEMA'],
          ...['slot', 'TAG', 'SEPARATOR', '\x01', 'CASESENSITIVE'],
          ...[fieldOf(encoding, dimensions), 'VECTOR', 'HNSW', attributes.length, ...attributes],
        ),
      );
      return true;
    } catch (error) {
      if (INDEX_EXISTS.test(causeOf(error))) return true;
      if (encoding === ENCODINGS.at(-1) || cacheFailureOf(error) !== 'error') throw error;
      return false;
    }
  }
}

/** The type is a part of the name, as the server may come to know another. */
function indexOf(encoding: Encoding, dimensions: number): string {
  return `evergreen:${fieldOf(encoding, dimensions)}`;
}

/** One per length, so that a vector is never put into an index of others, which would drop it silently. */
function fieldOf({ type }: Encoding, dimensions: number): string {
  return `${type.toLowerCase()}_${dimensions}`;
}

/** Little-endian IEEE 754 halves. */
function toHalfBytes(vector: Float32Array): Buffer {
  return Buffer.from(Uint16Array.from(vector, toHalfBits).buffer);
}

/** What the server said. */
function causeOf(error: unknown): string {
  return cacheFailureOf(error) === 'error' ? String((error as Error).cause) : '';
}
