import { AppError } from '../common/app-error';
import { sha256Hex } from '../common/hash';

/** Scopes: ask; ingest, change and delete documents; read them; administer the tenant. */
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
 * The subject of rate limits, unique across tenants and without personal data: the id of an API key, or a hash of the user of a
 * token. Null when authentication is disabled.
 */
export function limitSubjectOf({ tenantId, apiKeyId, userId }: Principal): string | null {
  if (apiKeyId !== null) return apiKeyId;
  return userId === null ? null : `user-${sha256Hex(`${tenantId} ${userId}`).slice(0, 32)}`;
}

/** The authenticated caller, attached to every request by the guard. */
export interface Principal {
  tenantId: string;
  /** Null for a user's token, and when authentication is disabled. */
  apiKeyId: string | null;
  /** The user of a token; null for an API key. */
  userId: string | null;
  scopes: readonly ApiScope[];
  /** What it may read itself by the ACLs of documents, e.g. `group:hr`. */
  principals: readonly string[];
  /** Ids of the users on behalf of whom it may ask: by naming one it may read what `user:<id>` may. */
  mayActAs: 'any' | readonly string[];
  /** Names of the collections that it may use; null: all of the tenant. */
  collections: readonly string[] | null;
}

/** Whether a caller is the operator of the service: its key belongs to the default tenant. */
export function isOperator({ tenantId }: Principal): boolean {
  return tenantId === DEFAULT_TENANT_ID;
}

/**
 * Guards operations that concern all tenants.
 * @param what the operation, e.g. `administer tenants`
 * @throws AppError `FORBIDDEN` for anyone but the operator
 */
export function refuseAllButOperator(principal: Principal, what: string): void {
  if (!isOperator(principal))
    throw new AppError('FORBIDDEN', `Only an admin key of the default tenant may ${what}.`, {
      details: { scope: 'admin' },
    });
}
