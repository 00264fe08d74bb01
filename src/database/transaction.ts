import type { DataSource, EntityManager } from 'typeorm';

/** Serialization failure and deadlock: the same transaction may pass when it is tried again. */
const TRY_AGAIN = new Set(['40001', '40P01']);

/**
 * Runs statements in one transaction, again (twice at most) when Postgres broke it off for the sake of another.
 * On the embedded database a transaction makes every other connection wait: never call the queue inside one.
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  for (let triesLeft = 2; ; triesLeft--) {
    try {
      return await dataSource.transaction(work);
    } catch (error) {
      const { code } = error as { code?: string };
      if (triesLeft === 0 || code === undefined || !TRY_AGAIN.has(code)) throw error;
    }
  }
}
