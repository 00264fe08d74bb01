import { AppConfig } from '../config/app-config';
import { migrate, migrationDataSource } from './migrate';
import { openDatabase } from './open-database';

/** `npm run migration:run` and `migration:revert`: applies what is pending, or takes back the latest. */
async function main(command: string | undefined): Promise<void> {
  if (command !== 'run' && command !== 'revert') throw new Error('usage: run-migrations run|revert');
  const database = await openDatabase(AppConfig.parse({ ...process.env, MIGRATE_ON_START: 'false' }));
  try {
    if (command === 'run') {
      const applied = await migrate(database.url);
      process.stdout.write(applied.length > 0 ? `applied ${applied.join(', ')}\n` : 'nothing to apply\n');
    } else {
      const dataSource = await migrationDataSource(database.url).initialize();
      await dataSource.undoLastMigration();
      await dataSource.destroy();
      process.stdout.write('reverted the latest migration\n');
    }
  } finally {
    await database.close();
  }
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
