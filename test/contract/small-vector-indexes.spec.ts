import { Pool } from 'pg';
import { AppConfig } from '../../src/config/app-config';
import { openDatabase } from '../../src/database/open-database';
import { MOST_UNINDEXED_VECTORS } from '../../src/database/small-vector-indexes';
import { temporaryFolder } from '../support/evergreen';

const TENANT = '00000000-0000-0000-0000-000000000000';
const INDEX = 'chunk_embedding_1_hnsw';
/** None of the vectors is in it: inserting them would take minutes. */
const EMPTY_INDEX = `CREATE INDEX ${INDEX} ON chunk_embedding_1 USING hnsw (embedding vector_cosine_ops)
  WHERE document_id <> '${TENANT}'`;
jest.setTimeout(120_000);

describe('the HNSW index of an embedded database', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());

  /** Opens the database as the service does. @returns whether the index is there; `work` is done before it is closed */
  async function hasIndex(work?: (pool: Pool) => Promise<unknown>): Promise<boolean> {
    const database = await openDatabase(AppConfig.parse({ DATA_DIR: folder.path }));
    const pool = new Pool({ connectionString: database.url, max: 1 });
    try {
      const { rows } = await pool.query<{ there: boolean }>(`SELECT to_regclass($1) IS NOT NULL AS there`, [
        INDEX,
      ]);
      await work?.(pool);
      return rows[0].there;
    } finally {
      await pool.end();
      await database.close();
    }
  }

  it('is dropped while there are few vectors, and kept where there are many', async () => {
    const there = await hasIndex(async (pool) => {
      await pool.query(
        `INSERT INTO chunk_embedding_1 (chunk_id, tenant_id, collection_id, document_id, embedding)
         SELECT gen_random_uuid(), $1, $1, $1, array_fill(n::real, ARRAY[512])::vector
         FROM generate_series(1, $2::integer) AS n`,
        [TENANT, MOST_UNINDEXED_VECTORS],
      );
      await pool.query(EMPTY_INDEX);
    });
    expect(there).toBe(false);
    const again = await hasIndex(async (pool) => {
      await pool.query(
        `INSERT INTO chunk_embedding_1 SELECT gen_random_uuid(), tenant_id, collection_id, document_id, embedding
         FROM chunk_embedding_1 LIMIT 1`,
      );
      await pool.query(EMPTY_INDEX);
    });
    expect(again).toBe(false);
    expect(await hasIndex()).toBe(true);
  });
});
