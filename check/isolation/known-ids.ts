import { type Caller, mayUse } from './access-history';

/** An object whose id a client saw. */
export interface Known {
  /** `other`: whatever stood in a response besides, such as chunks and records of the audit log. */
  kind: 'document' | 'job' | 'key' | 'answer' | 'tenant' | 'other';
  id: string;
  tenant: number;
  /** Null: belongs to the tenant, not to a collection. */
  collection: string | null;
}

/** A request about an id, and the scopes of its tenant, one of which it needs. */
export interface Attempt {
  method: string;
  path: string;
  body?: object;
  scopes: readonly string[];
}

const READERS = ['documents:read', 'admin'];
const WRITERS = ['ingest', 'admin'];
const ADMIN = ['admin'];
/** Of no tenant but the operator's. */
const OPERATOR: string[] = [];

/** All requests with the id of an object. */
export function attemptsOn({ kind, id }: Known): Attempt[] {
  switch (kind) {
    case 'document':
      return [
        { method: 'GET', path: `/admin/documents/${id}`, scopes: READERS },
        { method: 'GET', path: `/admin/documents/${id}/chunks`, scopes: READERS },
        { method: 'PATCH', path: `/admin/documents/${id}`, body: { acl: null }, scopes: WRITERS },
        { method: 'DELETE', path: `/admin/documents/${id}`, scopes: WRITERS },
        { method: 'DELETE', path: `/admin/cache?document_id=${id}`, scopes: ADMIN },
      ];
    case 'job':
      return [
        { method: 'GET', path: `/admin/ingest/${id}`, scopes: WRITERS },
        { method: 'GET', path: `/admin/ingest/${id}/rejections`, scopes: WRITERS },
        { method: 'GET', path: `/admin/ingest/${id}/events`, scopes: WRITERS },
      ];
    case 'key':
      return [
        { method: 'DELETE', path: `/admin/api-keys/${id}`, scopes: ADMIN },
        { method: 'POST', path: `/admin/api-keys/${id}/rotate`, body: {}, scopes: ADMIN },
      ];
    case 'answer':
      return [
        {
          method: 'POST',
          path: '/admin/cache/feedback',
          body: { request_id: id, verdict: 'wrong' },
          scopes: ADMIN,
        },
      ];
    case 'tenant':
      return [
        { method: 'GET', path: `/admin/audit?tenant_id=${id}`, scopes: ADMIN },
        { method: 'PATCH', path: `/admin/tenants/${id}`, body: { monthly_budget_usd: 0 }, scopes: OPERATOR },
        { method: 'DELETE', path: `/admin/tenants/${id}`, scopes: OPERATOR },
      ];
    case 'other':
      // It may be the id of anything.
      return (['document', 'job', 'key', 'answer', 'tenant'] as const).flatMap((one) =>
        attemptsOn({ kind: one, id, tenant: 0, collection: null }),
      );
  }
}

/** Whether a key is allowed to send the request. */
export function isEntitled(caller: Caller, known: Known, { scopes }: Attempt): boolean {
  return (
    caller.tenant === known.tenant &&
    caller.scopes.some((scope) => scopes.includes(scope)) &&
    (known.collection === null || mayUse(caller, known.collection))
  );
}

/** Whether a response shows and changes nothing: refused, not found, or without effect. */
export function isRefusal(status: number, text: string): boolean {
  return [401, 403, 404].includes(status) || (status === 200 && /^\{"(?:purged|evicted)":0\}$/.test(text));
}
