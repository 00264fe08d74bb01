import type { AppConfig } from '../config/app-config';
import { migrate } from './migrate';
import { EmbeddedPostgres } from './embedded-postgres';
import { dropSmallVectorIndexes } from './small-vector-indexes';

export interface OpenDatabase {
  url: string;
  /** Names of the migrations applied while opening. */
  migrated: string[];
  close(): Promise<void>;
}

/** Starts the embedded database or takes the configured server, and applies migrations if so configured. A small embedded one has no HNSW index. */
export async function openDatabase(config: AppConfig): Promise<OpenDatabase> {
  const { url, migrateOnStart } = config.database;
  const embedded = url === null ? await EmbeddedPostgres.start(config.dataDir) : null;
  const open = { url: embedded?.url ?? url!, migrated: [] as string[], close: async () => embedded?.stop() };
  try {
    if (migrateOnStart) open.migrated = await migrate(open.url);
    if (embedded && migrateOnStart) await dropSmallVectorIndexes(open.url);
    return open;
  } catch (error) {
    await open.close();
    throw error;
  }
}
