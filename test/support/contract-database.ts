import { migrate } from '../../src/database/migrate';
import { EmbeddedPostgres } from '../../src/database/embedded-postgres';
import { temporaryFolder } from './evergreen';
import { createTestDatabase } from './test-database';

/** A database of one suite's own; `close` removes it. */
export interface ContractDatabase {
  url: string;
  close(): Promise<void>;
}

/** A new, empty embedded database. */
export async function emptyEmbeddedDatabase(): Promise<ContractDatabase> {
  const folder = temporaryFolder();
  const embedded = await EmbeddedPostgres.start(folder.path);
  const close = async () => {
    await embedded.stop();
    folder.remove();
  };
  return { url: embedded.url, close };
}

/** A new database on the real server: migrated, unless another template is named. */
export async function realDatabase(template?: string): Promise<ContractDatabase> {
  const { url, drop } = await createTestDatabase({ template });
  return { url, close: drop };
}

/** Both kinds of database, migrated, for suites that must hold on both: `describe.each(MIGRATED_DATABASES)`. */
export const MIGRATED_DATABASES: [name: string, open: () => Promise<ContractDatabase>][] = [
  ['a real server', () => realDatabase()],
  [
    'the embedded database',
    async () => {
      const database = await emptyEmbeddedDatabase();
      await migrate(database.url);
      return database;
    },
  ],
];
