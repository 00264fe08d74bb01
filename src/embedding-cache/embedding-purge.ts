import type { CacheRedis } from '../redis/cache-redis';
import { serversOf, unlinkMany } from '../redis/many-keys';
import type { RedisClient } from '../redis/redis-client';
import { EMBEDDING_KEY_PREFIX } from '../redis/redis-keys';

/** Keys that one call looks at: about a millisecond of the server's time. */
const SCAN_COUNT = 1_000;
const TIMEOUT_MS = 1_000;
const HASH_DIGITS = 64;

/** What follows the model's name in a key. Names may hold colons: `llama3` is not `llama3:8b`. */
const DIMENSIONS_AND_HASH = /^\d+:[0-9a-f]{64}$/;

/**
 * Removes the embeddings of a model from Redis without KEYS: every server's keys are walked through in small steps,
 * between which it serves others.
 * @returns how many there were
 * @throws AppError `CACHE_UNAVAILABLE`; what was removed until then stays removed
 */
export function purgeEmbeddings(redis: CacheRedis, model: string): Promise<number> {
  const prefix = `${EMBEDDING_KEY_PREFIX}${model}:`;
  return purgeWhere(
    redis,
    `${asGlob(prefix)}*`,
    (key) => key.startsWith(prefix) && DIMENSIONS_AND_HASH.test(key.slice(prefix.length)),
  );
}

/**
 * Removes what one scope has embedded with any model, in the same way.
 * @param tag @see scopeTag
 */
export function purgeScope(redis: CacheRedis, tag: string): Promise<number> {
  return purgeWhere(redis, `${EMBEDDING_KEY_PREFIX}*:${tag}*`, (key) =>
    key.slice(-HASH_DIGITS).startsWith(tag),
  );
}

async function purgeWhere(
  redis: CacheRedis,
  pattern: string,
  isMeant: (key: string) => boolean,
): Promise<number> {
  const run = <T>(call: (client: RedisClient) => Promise<T>) =>
    redis.run('embedding.purge', call, TIMEOUT_MS);
  let purged = 0;
  for (const server of await run(async (client) => serversOf(client))) {
    let cursor = '0';
    do {
      const [next, keys] = await run(() => server.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT));
      purged += await run((client) => unlinkMany(client, keys.filter(isMeant)));
      cursor = next;
    } while (cursor !== '0');
  }
  return purged;
}

/** A pattern that matches the text itself. */
function asGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}
