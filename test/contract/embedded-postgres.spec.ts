import { Pool } from 'pg';
import { EmbeddedPostgres } from '../../src/database/embedded-postgres';
import { temporaryFolder } from '../support/evergreen';

describe('the embedded database behaves as a server to several clients at once', () => {
  const folder = temporaryFolder();
  let database: EmbeddedPostgres;
  let pool: Pool;

  beforeAll(async () => {
    database = await EmbeddedPostgres.start(folder.path);
    pool = new Pool({ connectionString: database.url, max: 10 });
    await pool.query('CREATE TABLE item (n integer)');
  }, 60_000);
  afterAll(async () => {
    await pool.end();
    await database.stop();
    folder.remove();
  });

  it('never mixes up the parameters of statements sent at the same time', async () => {
    const rows = await Promise.all(
      Array.from({ length: 300 }, async (_, n) => {
        const result = await pool.query('SELECT $1::integer AS n, $2::text AS text', [n, `x${n}`]);
        return result.rows[0] as object;
      }),
    );
    expect(rows).toEqual(rows.map((_, n) => ({ n, text: `x${n}` })));
  });

  it('keeps transactions apart', async () => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const client = await pool.connect();
        await client.query('BEGIN');
        await client.query('INSERT INTO item VALUES ($1)', [n]);
        await client.query(n % 2 ? 'COMMIT' : 'ROLLBACK');
        client.release();
      }),
    );
    const { rows } = await pool.query<{ n: number }>('SELECT n FROM item ORDER BY n');
    expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, i) => 2 * i + 1));
  });

  it('tells each client its own errors', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) =>
        n % 3 ? pool.query('SELECT $1::integer AS n', [n]) : pool.query(`SELECT * FROM missing_${n}`),
      ),
    );
    outcomes.forEach((outcome, n) => {
      if (n % 3) expect(outcome).toMatchObject({ status: 'fulfilled', value: { rows: [{ n }] } });
      else expect(outcome).toMatchObject({ reason: { message: `relation "missing_${n}" does not exist` } });
    });
  });

  it('rolls back what a client leaves open', async () => {
    const client = await pool.connect();
    client.on('error', () => undefined);
    await client.query('BEGIN');
    await client.query('INSERT INTO item VALUES (1000)');
    client.release(true);
    const { rows } = await pool.query('SELECT n FROM item WHERE n = 1000');
    expect(rows).toEqual([]);
  });

  it('keeps a second process out of its folder', () => {
    // This process is the holder; to another one the file names it.
    const { lockDataFolder } = jest.requireActual<typeof import('../../src/database/data-folder-lock')>(
      '../../src/database/data-folder-lock',
    );
    const original = process.pid;
    try {
      Object.defineProperty(process, 'pid', { value: original + 1_000_000 });
      expect(() => lockDataFolder(folder.path)).toThrow(`in use by process ${original}`);
    } finally {
      Object.defineProperty(process, 'pid', { value: original });
    }
  });
});
