import { sha256Hex } from '../common/hash';

/** What a caller may do: ask; bring documents in, change and delete them; read them; administer its tenant. */
export const API_SCOPES = ['query', 'ingest', 'documents:read', 'admin'] as const;
export type ApiScope = (typeof API_SCOPES)[number];

/** The tenant of the embedded mode and of `AUTH=disabled`. */
export const DEFAULT_TENANT_ID = '00000000-0000-0000-0000-000000000000';

/** How the audit log names a caller. */
export function actorOf({ apiKeyId, userId }: Principal): string {
  if (apiKeyId !== null) return `api_key:${apiKeyId}`;
  return userId === null ? 'anyone' : `user:${userId}`;
}

/**
 * Whose requests, texts and streams are counted together, by a name that is unique among all tenants' and holds no text of
 * a user: an API key, or the user whom a token names. Null when authentication is disabled.
 */
export function limitSubjectOf({ tenantId, apiKeyId, userId }: Principal): string | null {
  if (apiKeyId !== null) return apiKeyId;
  return userId === null ? null : `user-${sha256Hex(`${tenantId} ${userId}`).slice(0, 32)}`;
}

/** Who calls: attached to every request by the guard. */
export interface Principal {
  tenantId: string;
  /** Null for a user's token, and when authentication is disabled. */
  apiKeyId: string | null;
  /** Whom a token names; null for a program, which may ask for users but is none. */
  userId: string | null;
  scopes: readonly ApiScope[];
  /** What it may read itself by the ACLs of documents, e.g. `group:hr`. */
  principals: readonly string[];
  /** Ids of the users on behalf of whom it may ask: by naming one it may read what `user:<id>` may. */
  mayActAs: 'any' | readonly string[];
  /** Names of the collections that it may use; null: all of the tenant. */
  collections: readonly string[] | null;
}
