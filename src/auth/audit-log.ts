import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLOCK, type Clock } from '../common/clock';
import { newOrderedId } from '../common/ids';
import { currentRequest } from '../observability/request-context';

/** Recorded actions. A record is written before the change, or in its transaction. */
export const AUDIT_ACTIONS = [
  'api_key.create',
  'api_key.rotate',
  'api_key.revoke',
  'tenant.create',
  'tenant.update',
  'tenant.remove',
  'collection.create',
  'collection.update',
  'collection.delete',
  'document.acl',
  'document.delete',
  'documents.acl',
  'cache.purge',
  'embedding_cache.purge',
  'embedding_space.create',
  'embedding_space.promote',
  'embedding_space.rollback',
  'embedding_space.retire',
  'embedding_space.cancel',
  'login.refused',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** A new record; the actor comes from the current request. */
export interface AuditEntry {
  /** The tenant whose log it belongs to. */
  tenantId: string;
  action: AuditAction;
  /** Id or name of the object of the action. */
  target?: string | null;
  /** Never a principal, a title or content of a document, because records cannot be erased. */
  details?: Record<string, string | number | boolean | null>;
}

/** A record. */
export interface AuditEvent {
  id: string;
  at: Date;
  actor: string;
  action: AuditAction;
  target: string | null;
  details: Record<string, unknown>;
  requestId: string | null;
}

/** Runs one statement, alone or of a transaction. */
type Query = (statement: string, parameters: unknown[]) => Promise<unknown>;

const MAX_TEXT_LENGTH = 256;
/** The actor outside of requests. */
const SERVICE = 'service';

/** Writes a record by `query`, which may belong to a transaction. */
export async function recordAudit(query: Query, nowMs: number, entry: AuditEntry): Promise<void> {
  const { tenantId, action, target, details = {} } = entry;
  const request = currentRequest();
  await query(
    `INSERT INTO audit_event (id, tenant_id, actor, action, target, details, request_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      newOrderedId(nowMs),
      tenantId,
      storable(request?.actor ?? SERVICE),
      action,
      target == null ? null : storable(target),
      JSON.stringify(details, (_key, value: unknown) =>
        typeof value === 'string' ? storable(value) : value,
      ),
      request?.requestId ?? null,
    ],
  );
}

/** Truncates a text, and replaces what Postgres cannot store. */
function storable(text: string): string {
  // The conversion to UTF-8 replaces lone surrogates.
  return Buffer.from(text.slice(0, MAX_TEXT_LENGTH).replaceAll('\0', '\ufffd')).toString();
}

/** The log of actions that concern security. Its table allows only inserts, and deletes of old records. */
@Injectable()
export class AuditLog {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Writes a record in a transaction of its own. */
  record(entry: AuditEntry): Promise<void> {
    return recordAudit(
      (statement, parameters) => this.dataSource.query(statement, parameters),
      this.clock.nowMs(),
      entry,
    );
  }

  /** The tenant's records, the newest first: those before a record. */
  list(
    tenantId: string,
    { before, limit, action }: { before?: string; limit: number; action?: AuditAction },
  ): Promise<AuditEvent[]> {
    return this.dataSource.query(
      `SELECT id, at, actor, action, target, details, request_id AS "requestId"
       FROM audit_event
       WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::text IS NULL OR action = $3)
       ORDER BY id DESC
       LIMIT $4`,
      [tenantId, before ?? null, action ?? null, limit],
    );
  }

  /** Deletes up to `limit` records of all tenants that are older than some days, 30 at least. @returns how many */
  async forget(olderThanDays: number, limit: number): Promise<number> {
    const [, count] = await this.dataSource.query<[unknown, number]>(
      `DELETE FROM audit_event
       WHERE id IN (SELECT id FROM audit_event WHERE at < now() - $1 * interval '1 day' ORDER BY at LIMIT $2)`,
      [olderThanDays, limit],
    );
    return count;
  }
}
