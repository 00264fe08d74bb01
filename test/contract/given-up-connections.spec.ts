import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { newId } from '../../src/common/ids';
import { AppConfig } from '../../src/config/app-config';
import { dataSourceOptions, openDataSource } from '../../src/database/data-source';
import { inTransaction } from '../../src/database/transaction';
import { MIGRATED_DATABASES } from '../support/contract-database';

const TIMEOUT_MS = 200;
/** Longer than a statement and the ROLLBACK behind it are waited for. */
const TOO_LONG_S = 0.5;
jest.setTimeout(60_000);

describe.each(MIGRATED_DATABASES)('connections that were given up, on %s', (name, open) => {
  let url: string;
  let dataSource: DataSource;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const database = await open();
    url = database.url;
    const config = AppConfig.parse({ DATABASE_STATEMENT_TIMEOUT_MS: String(TIMEOUT_MS) });
    dataSource = await openDataSource(dataSourceOptions(url, config));
    close = () => dataSource.destroy().then(() => database.close());
  });
  afterAll(() => close());

  const insert = (tenant: string) =>
    [`INSERT INTO tenant (id, name) VALUES ($1, $2) RETURNING name`, [newId(), tenant]] satisfies [
      string,
      unknown[],
    ];

  /** What others see. */
  async function tenants(): Promise<string[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      const { rows } = await client.query<{ name: string }>(`SELECT name FROM tenant ORDER BY name`);
      return rows.map((row) => row.name);
    } finally {
      await client.end();
    }
  }

  it('take no statement of others into the transaction that they left open', async () => {
    const given = inTransaction(dataSource, async (manager) => {
      await manager.query(...insert('given up'));
      await manager.query(`SELECT pg_sleep(${TOO_LONG_S})`);
    });
    await expect(given).rejects.toThrow('Query read timeout');
    await dataSource.query(...insert('kept'));
    expect(await tenants()).toEqual(['default', 'kept']);
  });

  // The embedded database has one session: there everybody waits.
  if (name === 'a real server')
    it('hold up nobody by what they are still busy with', async () => {
      await expect(dataSource.query(`SELECT pg_sleep(5)`)).rejects.toThrow('Query read timeout');
      expect(await dataSource.query(`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
    });

  it('are not those of statements that failed', async () => {
    const pid = async () =>
      (await dataSource.query<{ pid: number }[]>(`SELECT pg_backend_pid() AS pid`))[0].pid;
    const before = await pid();
    await expect(dataSource.query(`SELECT 1 / $1::integer`, [0])).rejects.toThrow('division by zero');
    const failing = inTransaction(dataSource, (manager) => manager.query(`SELECT nonsense`));
    await expect(failing).rejects.toThrow('nonsense');
    expect(await pid()).toBe(before);
  });
});
