import { choice, flag, integer, number } from '../config/setting';

/** The embedding cache */
export const EMBEDDING_CACHE_SETTINGS = {
  /** Days that an embedding stays cached. */
  ttlDays: number('EMBEDDING_CACHE_TTL_DAYS', { default: 7, min: 0.001 }),
  /** Whether finding an embedding in Redis restarts these days. */
  refreshOnUse: flag('EMBEDDING_CACHE_REFRESH_ON_USE', { default: false }),
  /** Bytes of process memory for embeddings. */
  memoryBytes: integer('EMBEDDING_CACHE_MEMORY_BYTES', { default: 67_108_864, min: 0 }),
  /**
   * Whether tenants share cached embeddings: texts are embedded once for all of them, but who times a call can tell
   * whether another tenant has embedded the same text.
   */
  shared: flag('EMBEDDING_CACHE_SHARED', { default: false }),
  /** How Redis stores a component of a vector. */
  encoding: choice('EMBEDDING_CACHE_ENCODING', ['float32', 'float16', 'int8'], { default: 'float32' }),
};
