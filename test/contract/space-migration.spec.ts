import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DataSource, MigrationExecutor } from 'typeorm';
import { migrate } from '../../src/database/migrate';
import { MIGRATED_DATABASES, type ContractDatabase } from '../support/contract-database';
import { temporaryFolder } from '../support/evergreen';
import { CHECKOUT } from '../support/services';

jest.setTimeout(120_000);

describe.each(MIGRATED_DATABASES)('the migration of a new embedding space on %s', (_name, open) => {
  const folder = temporaryFolder();
  let database: ContractDatabase;
  let dataSource: DataSource;

  const spaces = () =>
    dataSource.query<{ id: number; state: string; storage: string }[]>(
      `SELECT id, state, storage FROM embedding_space ORDER BY id`,
    );
  const indexes = () =>
    dataSource.query<{ name: string; valid: boolean }[]>(
      `SELECT indexrelid::regclass::text AS name, indisvalid AS valid
       FROM pg_index WHERE indrelid = to_regclass('chunk_embedding_2') ORDER BY name`,
    );

  beforeAll(async () => {
    database = await open();
    const args = ['run', '--silent', 'migration:space', '--', '--model', 'text-embedding-3-large'];
    await promisify(execFile)('npm', [...args, '--dimensions', '3072', '--folder', folder.path], {
      cwd: CHECKOUT,
    });
    dataSource = await new DataSource({
      type: 'postgres',
      url: database.url,
      installExtensions: false,
      migrations: [join(folder.path, '*.ts')],
      migrationsTransactionMode: 'each',
    }).initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.close();
    folder.remove();
  });

  it('is one file, as TypeORM wants it', () => {
    const [file, ...others] = readdirSync(folder.path);
    expect(others).toEqual([]);
    expect(file).toMatch(/^\d{13}-space-text-embedding-3-large-3072\.ts$/);
    expect(readFileSync(join(folder.path, file), 'utf8')).toContain('CREATE INDEX CONCURRENTLY');
  });

  it('goes up, outside a transaction, and down, and up again', async () => {
    for (let round = 0; round < 2; round++) {
      expect(await migrate(database.url, join(folder.path, '*.ts'))).toHaveLength(1);
      expect(await spaces()).toEqual([
        { id: 1, state: 'active', storage: 'vector' },
        { id: 2, state: 'empty', storage: 'halfvec' },
      ]);
      expect(await indexes()).toContainEqual({ name: 'chunk_embedding_2_hnsw', valid: true });
      expect(await migrate(database.url, join(folder.path, '*.ts'))).toEqual([]);
      await new MigrationExecutor(dataSource).undoLastMigration();
      expect(await spaces()).toHaveLength(1);
      expect(await indexes()).toEqual([]);
    }
  });
});
