import type { RedisClient } from '../../redis/redis-client';
import { cacheUnavailable } from '../../redis/redis-failure';
import { entryKey } from './answer-record';
import { SearchVectors } from './search-vectors';

/** RediSearch as its documentation has it: indexes by name, and one reply for every search. */
class FakeSearchServer {
  readonly calls: (string | number | Buffer)[][] = [];
  readonly indexes = new Set<string>();
  knowsHalves = true;

  async run<T>(operation: string, call: (client: RedisClient) => Promise<T>): Promise<T> {
    const client = { call: (...args: (string | number | Buffer)[]) => this.answer(args) };
    try {
      return await call(client as unknown as RedisClient);
    } catch (error) {
      throw cacheUnavailable(operation, 'error', error);
    }
  }

  private async answer(args: (string | number | Buffer)[]): Promise<unknown> {
    this.calls.push(args);
    const [command, name] = args.map(String);
    if (command === 'FT.SEARCH') {
      if (!this.indexes.has(name)) throw new Error(`${name}: no such index`);
      return [
        2,
        entryKey('other', 'x'),
        ['distance', '0'],
        entryKey('tenant', 'found'),
        ['distance', '0.125'],
      ];
    }
    if (!this.knowsHalves && args.includes('FLOAT16'))
      throw new Error('Bad arguments for vector similarity HNSW index type');
    if (this.indexes.has(name)) throw new Error('Index already exists');
    this.indexes.add(name);
    return 'OK';
  }
}

describe('SearchVectors', () => {
  const vector = Float32Array.of(1, 0, -0.5, 0);
  let server: FakeSearchServer;
  const open = () => new SearchVectors(server, { m: 16, efConstruction: 100, efRuntime: 50 });

  beforeEach(() => (server = new FakeSearchServer()));

  it('makes an index for each length, once, as it is set', async () => {
    const vectors = open();
    await vectors.prepare(4);
    await vectors.prepare(4);
    await vectors.prepare(8);
    expect(server.calls).toHaveLength(2);
    const schema = 'SCHEMA slot TAG SEPARATOR \x01 CASESENSITIVE float16_4 VECTOR HNSW 12';
    expect(server.calls[0].join(' ')).toBe(
      `FT.CREATE evergreen:float16_4 ON HASH PREFIX 1 {t: ${schema}` +
        ' TYPE FLOAT16 DIM 4 DISTANCE_METRIC COSINE M 16 EF_CONSTRUCTION 100 EF_RUNTIME 50',
    );
    expect(vectors.encode(vector)).toEqual({
      field: 'float16_4',
      bytes: Buffer.from([0x00, 0x3c, 0, 0, 0x00, 0xb8, 0, 0]),
    });
  });

  it('takes singles where the server knows no halves, and an index that another process has made', async () => {
    server.knowsHalves = false;
    server.indexes.add('evergreen:float32_4');
    const vectors = open();
    await vectors.prepare(4);
    expect(vectors.encode(vector)).toEqual({ field: 'float32_4', bytes: Buffer.from(vector.buffer) });
  });

  it('has vectors of writes at the same time in the encoding that the server knows', async () => {
    server.knowsHalves = false;
    const vectors = open();
    const fields = await Promise.all(
      Array.from({ length: 8 }, async () => {
        await vectors.prepare(4);
        return vectors.encode(vector).field;
      }),
    );
    expect(new Set(fields)).toEqual(new Set(['float32_4']));
  });

  it('searches one slot of one tenant, by falling similarity', async () => {
    const found = await open().search('tenant', 'scope:4', vector, 5);
    expect(found).toEqual([{ id: 'found', similarity: 0.875 }]);
    const bytes = Buffer.from([0x00, 0x3c, 0, 0, 0x00, 0xb8, 0, 0]);
    expect(server.calls.at(-1)).toEqual([
      'FT.SEARCH',
      'evergreen:float16_4',
      '(@slot:{$slot})=>[KNN $count @float16_4 $vector AS distance]',
      ...['PARAMS', 6, 'slot', 'scope:4', 'count', 5, 'vector', bytes],
      ...['SORTBY', 'distance', 'LIMIT', 0, 5, 'RETURN', 1, 'distance', 'DIALECT', 2],
    ]);
  });

  it('makes an index again that was dropped', async () => {
    const vectors = open();
    await vectors.search('tenant', 'scope:4', vector, 5);
    server.indexes.clear();
    expect(await vectors.search('tenant', 'scope:4', vector, 5)).toHaveLength(1);
  });
});
