import type { DataSource, EntityManager } from 'typeorm';

/** Serialization failure and deadlock: the same transaction may pass when it is tried again. */
const TRY_AGAIN = new Set(['40001', '40P01']);
const MAX_TRIES = 3;

/**
 * Runs statements in one transaction, again (twice at most) when Postgres broke it off for the sake of another.
 * On the embedded database a transaction makes every other connection wait: never call the queue inside one.
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  return tryAgain(() => dataSource.transaction(work));
}

/** Does what is one transaction, or one statement, again (twice at most) when Postgres broke it off for another. */
export async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const { code } = error as { code?: string };
      if (tries === MAX_TRIES || code === undefined || !TRY_AGAIN.has(code)) throw error;
    }
  }
}
