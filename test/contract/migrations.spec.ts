import { DataSource } from 'typeorm';
import { ApiKey } from '../../src/auth/api-key.entity';
import { Tenant } from '../../src/auth/tenant.entity';
import { migrate, migrationDataSource } from '../../src/database/migrate';
import { EmbeddingSpace } from '../../src/embedding-space/embedding-space.entity';
import { type ContractDatabase, emptyEmbeddedDatabase, realDatabase } from '../support/contract-database';

/** Everything that the migrations make, as one text. */
async function schemaOf(dataSource: DataSource): Promise<string> {
  const columns: unknown[] = await dataSource.query(
    `SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name <> 'migrations' ORDER BY table_name, column_name`,
  );
  const indexes: unknown[] = await dataSource.query(
    `SELECT tablename, indexname, indexdef FROM pg_indexes
     WHERE schemaname = 'public' AND tablename <> 'migrations' ORDER BY indexname`,
  );
  return JSON.stringify([columns, indexes], null, 1);
}

describe.each([
  ['the embedded database', emptyEmbeddedDatabase],
  ['a real server', () => realDatabase('template0')],
])('migrations on %s', (_name, open) => {
  jest.setTimeout(120_000);
  let database: ContractDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  it('go up, down to nothing, and up again to the same schema', async () => {
    const applied = await migrate(database.url);
    expect(applied.length).toBeGreaterThan(0);
    const dataSource = await migrationDataSource(database.url).initialize();
    const schema = await schemaOf(dataSource);
    expect(schema).toContain('USING hnsw');
    for (let i = 0; i < applied.length; i++) await dataSource.undoLastMigration();
    expect(await schemaOf(dataSource)).toBe(JSON.stringify([[], []], null, 1));
    await dataSource.runMigrations();
    expect(await schemaOf(dataSource)).toBe(schema);
    await dataSource.destroy();
  });

  it('leave nothing for the entities to change', async () => {
    const dataSource = await new DataSource({
      type: 'postgres',
      url: database.url,
      installExtensions: false,
      entities: [Tenant, ApiKey, EmbeddingSpace],
    }).initialize();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    await dataSource.destroy();
  });

  it('may be applied by several processes at once', async () => {
    expect(await Promise.all([migrate(database.url), migrate(database.url)])).toEqual([[], []]);
  });
});
