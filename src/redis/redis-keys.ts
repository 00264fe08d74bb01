/**
 * Names of the keys in the caches' Redis. Keys of a tenant share one hash tag, so that in a cluster they live in one
 * slot and scripts may touch several of them; embeddings belong to no tenant and are spread over all slots.
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
 */

/** A key of a tenant: `{t:<tenantId>}:<part>:<part>…`. Parts are ids and hashes, never text of a user. */
export function tenantKey(tenantId: string, ...parts: readonly string[]): string {
  return `{t:${tenantId}}:${parts.join(':')}`;
}

/** What every key of an embedding starts with. */
export const EMBEDDING_KEY_PREFIX = 'embedding:';

/** What the keys of the embeddings of one model start with. */
export function embeddingKeyPrefix(model: string, dimensions: number): string {
  return `${EMBEDDING_KEY_PREFIX}${model}:${dimensions}:`;
}

/**
 * The key of one embedding, e.g. `embedding:use-lite:512:<64 hexadecimal digits>`.
 * @param textHash SHA-256 of the exact bytes that are sent to the model
 */
export function embeddingKey(model: string, dimensions: number, textHash: string): string {
  return embeddingKeyPrefix(model, dimensions) + textHash;
}

/** The lease on an embedding, held by the process that computes it; in the same slot as the embedding. */
export function embeddingLeaseKey(key: string): string {
  return `embedding-lease:{${key}}`;
}

/**
 * The bucket of one limit of a language model; those of one model are in one slot.
 * @param modelHash of endpoint and name
 */
export function modelLimitKey(modelHash: string, limit: string): string {
  return `{llm:${modelHash}}:${limit}`;
}

/**
 * The bucket of failed log-ins from one network address.
 * @param addressHash of the address, which itself is kept nowhere
 */
export function loginLimitKey(addressHash: string): string {
  return `{login:${addressHash}}:failed`;
}

/** Written and read by the health probe only. */
export const PROBE_KEY = 'evergreen:probe';
