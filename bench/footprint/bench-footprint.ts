import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { toSql } from 'pgvector';
import { createIndexStatement, storageFor } from '../../src/database/vector-index';
import { Evergreen } from '../../test/support/evergreen';
import { testBackend } from '../../test/support/test-backend';

const DIMENSIONS = [512, 1536, 3072];
const BATCH = 200;

/** `npm run bench -- footprint`: bytes per vector in Postgres and Redis, and resident megabytes of processes. */
export async function benchFootprint(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: { json: { type: 'boolean', default: false }, rows: { type: 'string', default: '2000' } },
  });
  process.env.EVERGREEN_TEST_BACKEND = 'real';
  const backend = await testBackend();
  try {
    const rows = Number(values.rows);
    const postgresBytesPerChunk: Record<number, number> = {};
    const redisBytesPerEmbedding: Record<number, number> = {};
    for (const dimensions of DIMENSIONS) {
      postgresBytesPerChunk[dimensions] = await inPostgres(backend.env.DATABASE_URL, dimensions, rows);
      redisBytesPerEmbedding[dimensions] = await inRedis(backend.env.REDIS_CACHE_URL, dimensions, rows);
    }
    const residentMb: Record<string, number> = {};
    for (const role of ['api', 'worker']) {
      const service = await backend.start({ ROLE: role });
      if (role === 'api') await service.request('POST', '/search', { query: 'anything' });
      residentMb[role] = await residentMegabytes(service);
    }
    const result = { rows, postgresBytesPerChunk, redisBytesPerEmbedding, residentMb };
    process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${table(result)}\n`);
  } finally {
    await backend.destroy();
  }
}

/** Bytes of a vector's row and its share of the HNSW index, built as by the service; vectors are random. */
async function inPostgres(url: string, dimensions: number, rows: number): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const table = `footprint_${dimensions}`;
  const storage = storageFor(dimensions);
  await client.query(`CREATE TABLE ${table} (chunk_id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid
    DEFAULT gen_random_uuid(), collection_id uuid DEFAULT gen_random_uuid(), document_id uuid DEFAULT gen_random_uuid(),
    embedding ${storage}(${dimensions}) NOT NULL)`);
  await client.query(`ALTER TABLE ${table} ALTER COLUMN embedding SET STORAGE PLAIN`);
  for (let done = 0; done < rows; done += BATCH) {
    const vectors = Array.from({ length: BATCH }, () => toSql(randomVector(dimensions)) as string);
    await client.query(
      `INSERT INTO ${table} (embedding) SELECT v::${storage}(${dimensions}) FROM unnest($1::text[]) AS v`,
      [vectors],
    );
  }
  await client.query(createIndexStatement({ table, storage }));
  const { rows: sizes } = await client.query<{ bytes: string }>(
    `SELECT pg_total_relation_size($1) AS bytes`,
    [table],
  );
  await client.end();
  return Math.round(Number(sizes[0].bytes) / rows);
}

/** Growth of the server's memory per cached embedding, `float32`. */
async function inRedis(url: string, dimensions: number, rows: number): Promise<number> {
  const redis = new Redis(url);
  const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1]);
  const before = await used();
  for (let i = 0; i < rows; i++) {
    const key = `evergreen:footprint:${dimensions}:${String(i).padStart(64, '0')}`;
    await redis.set(key, Buffer.from(Float32Array.from(randomVector(dimensions)).buffer), 'EX', 3600);
  }
  const grown = (await used()) - before;
  await redis.flushdb();
  redis.disconnect();
  return Math.round(grown / rows);
}

const randomVector = (dimensions: number) => Array.from({ length: dimensions }, () => Math.random() - 0.5);

async function residentMegabytes(service: Evergreen): Promise<number> {
  return Math.round((await service.metric('process_resident_memory_bytes')) / 2 ** 20);
}

function table(result: object): string {
  return Object.entries(result)
    .map(([name, value]) => `${name.padEnd(24)} ${JSON.stringify(value)}`)
    .join('\n');
}
