import { integer, text } from '../config/setting';

/** What a Redis is named by. */
export const REDIS_URL = {
  pattern: /^rediss?:\/\//,
  rule: 'must be a redis:// or rediss:// URL, or several separated by commas',
};

/** Redis of the caches */
export const REDIS_CACHE_SETTINGS = {
  /** Redis of the caches (may evict: `allkeys-lru`); several URLs name a cluster; not set: process memory. */
  url: text('REDIS_CACHE_URL', REDIS_URL),
  /** Milliseconds after which a cache call counts as a miss. */
  timeoutMs: integer('REDIS_CACHE_TIMEOUT_MS', { default: 50, min: 1 }),
};
