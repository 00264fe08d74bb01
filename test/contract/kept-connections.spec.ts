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

  it('are opened by a worker as it needs them', async () => {
    expect(await openedBy('worker')).toBeLessThan(4);
  });
});
