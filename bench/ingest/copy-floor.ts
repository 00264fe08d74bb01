import { Client } from 'pg';
import { migrate } from '../../src/database/migrate';
import { createTestDatabase } from '../../test/support/test-database';
import { buildIndex, dropIndex } from '../retrieval/bench-corpus';

/** Tables in an order that foreign keys allow. */
const MEASURED = ['document', 'document_version', 'chunk', 'chunk_embedding_1', 'term_statistics'];
const VECTORS = 'chunk_embedding_1';

/** Seconds for the same rows that the service has written: by COPY, and for building the HNSW index over them. */
export interface CopyFloor {
  copySeconds: number;
  indexSeconds: number;
}

/**
 * Copies the contents of a database into another one on the same server by files on the server, with every index except HNSW in
 * place; then builds HNSW. Needs a superuser.
 * @param databaseUrl of the database that the service wrote
 */
export async function copyFloor(databaseUrl: string): Promise<CopyFloor> {
  const target = await createTestDatabase({ serverUrl: databaseUrl, template: 'template0' });
  const from = new Client({ connectionString: databaseUrl });
  const to = new Client({ connectionString: target.url });
  try {
    await Promise.all([from.connect(), to.connect()]);
    await copySchema(databaseUrl, target.url);
    await to.query(`DELETE FROM tenant`);
    const file = (table: string) => `/tmp/${target.name}-${table}.copy`;
    const copy = async (table: string) => {
      await from.query(`COPY ${table} TO '${file(table)}' WITH (FORMAT binary)`);
      const startedMs = performance.now();
      await to.query(`COPY ${table} FROM '${file(table)}' WITH (FORMAT binary)`);
      const ms = performance.now() - startedMs;
      // No statement removes it; an empty one costs nothing.
      await from.query(`COPY (SELECT 1 WHERE false) TO '${file(table)}'`);
      return ms;
    };
    for (const table of ['tenant', 'collection']) await copy(table);
    const definition = await dropIndex(to, VECTORS);
    let copyMs = 0;
    for (const table of MEASURED) copyMs += await copy(table);
    return { copySeconds: copyMs / 1000, indexSeconds: await buildIndex(to, VECTORS, definition) };
  } finally {
    await Promise.all([from.end(), to.end()]);
    await target.drop();
  }
}

/** Creates the schema by the migrations, for the same embedding model. */
async function copySchema(databaseUrl: string, targetUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ model: string; dimensions: number }>(
    `SELECT model, dimensions FROM embedding_space WHERE state = 'active'`,
  );
  await client.end();
  Object.assign(process.env, {
    EMBEDDING_PROVIDER: 'openai',
    EMBEDDING_MODEL: rows[0].model,
    EMBEDDING_DIMENSIONS: String(rows[0].dimensions),
  });
  await migrate(targetUrl);
}
