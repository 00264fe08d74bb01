import { inflateRawSync } from 'node:zlib';
import { Redis } from 'ioredis';
import { Client } from 'pg';

/** Where a canary was found, e.g. `document.title` or `redis key embedding:…`. */
export type Sighting = string;

/** The columns of all tables that hold text of any kind, bytes included. */
const COLUMNS = `
  SELECT table_schema, table_name, column_name, udt_name
  FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
  WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
    AND udt_name NOT IN ('int2', 'int4', 'int8', 'float4', 'float8', 'numeric', 'bool', 'uuid', 'date',
                         'timestamptz', 'timestamp', 'interval', 'vector', 'halfvec', '_int4', '_uuid')`;

/**
 * Looks for a text in every column of every table.
 * @param canary ASCII letters and digits, whatever their case
 */
export async function searchDatabase(url: string, canary: string): Promise<Sighting[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(COLUMNS);
    if (rows.length < 30) throw new Error(`only ${rows.length} columns of text were found`);
    const sightings: Sighting[] = [];
    for (const { table_schema, table_name, column_name, udt_name } of rows) {
      const column = `"${column_name}"`;
      // Bytes as Latin-1 text: every byte is a character.
      const text = udt_name === 'bytea' ? `encode(${column}, 'escape')` : `${column}::text`;
      const found = await client.query<{ count: number }>(
        `SELECT count(*)::integer AS count FROM "${table_schema}"."${table_name}" WHERE ${text} ILIKE $1`,
        [`%${canary}%`],
      );
      if (found.rows[0].count > 0) sightings.push(`${table_name}.${column_name}`);
    }
    return sightings;
  } finally {
    await client.end();
  }
}

/** Looks for a text in every key of a Redis and in every value, inflated where it is deflated. */
export async function searchRedis(url: string, canary: string): Promise<Sighting[]> {
  const client = new Redis(url);
  try {
    const sightings: Sighting[] = [];
    for (const key of await keysOf(client)) {
      const parts = [Buffer.from(key), ...(await valuesOf(client, key))];
      if (parts.some((part) => holds(part, canary))) sightings.push(`redis ${key}`);
    }
    return sightings;
  } finally {
    client.disconnect();
  }
}

/** Whether bytes hold a text, whatever its case, as they are or deflated. */
export function holds(bytes: Buffer, canary: string): boolean {
  const isIn = (buffer: Buffer) => buffer.toString('latin1').toLowerCase().includes(canary.toLowerCase());
  return isIn(bytes) || isIn(inflated(bytes));
}

export async function keysOf(client: Redis): Promise<string[]> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, page] = await client.scan(cursor, 'COUNT', 1000);
    for (const key of page) keys.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...keys];
}

async function valuesOf(client: Redis, key: string): Promise<Buffer[]> {
  switch (await client.type(key)) {
    case 'string':
      return [(await client.getBuffer(key)) ?? Buffer.alloc(0)];
    case 'hash':
      return Object.entries(await client.hgetallBuffer(key)).flatMap(([field, value]) => [
        Buffer.from(field),
        value,
      ]);
    case 'list':
      return client.lrangeBuffer(key, 0, -1);
    case 'set':
      return client.smembersBuffer(key);
    case 'zset':
      return client.zrangeBuffer(key, 0, -1);
    case 'stream':
      return [Buffer.from(JSON.stringify(await client.xrange(key, '-', '+')))];
    case 'none':
      return [];
    default:
      // Whatever a module keeps, as it serialises it.
      return [(await client.dumpBuffer(key)) ?? Buffer.alloc(0)];
  }
}

function inflated(bytes: Buffer): Buffer {
  try {
    return inflateRawSync(bytes);
  } catch {
    return Buffer.alloc(0);
  }
}
