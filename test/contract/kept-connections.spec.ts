import type { DataSource } from 'typeorm';
import { AppConfig } from '../../src/config/app-config';
import { dataSourceOptions, openDataSource, poolOf } from '../../src/database/data-source';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

jest.setTimeout(60_000);

describe('connections to Postgres', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => dataSource.destroy());
  afterAll(() => database.drop());

  async function openedBy(role: string): Promise<number> {
    const config = AppConfig.parse({ ROLE: role, DATABASE_URL: database.url, DATABASE_POOL_SIZE: '4' });
    dataSource = await openDataSource(dataSourceOptions(database.url, config));
    const { totalCount, idleCount } = poolOf(dataSource);
    expect(idleCount).toBe(totalCount);
    return totalCount;
  }

  it.each(['api', 'all'])('are all open before the first question, with ROLE=%s', async (role) => {
    expect(await openedBy(role)).toBe(4);
  });

  it('may break while nobody listens to them, and are replaced', async () => {
    await openedBy('worker');
    const pool = poolOf(dataSource);
    const client = await pool.connect();
    const { rows } = await client.query<{ pid: number }>(`SELECT pg_backend_pid() AS pid`);
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    await dataSource.query(`SELECT pg_terminate_backend($1)`, [rows[0].pid]);
    await ended;
    client.release();
    const opened = await Promise.all(Array.from({ length: 4 }, () => pool.connect()));
    expect(opened).not.toContain(client);
    for (const one of opened) one.release();
    expect(await dataSource.query(`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
  });

  it('are opened by a worker as it needs them', async () => {
    expect(await openedBy('worker')).toBeLessThan(4);
  });
});
