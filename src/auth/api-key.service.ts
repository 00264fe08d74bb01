import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Brackets, DataSource, type EntityManager, IsNull, type Repository } from 'typeorm';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock, isYounger } from '../common/clock';
import { describeError } from '../common/error-description';
import { sha256Hex } from '../common/hash';
import { isUuid, newOrderedId } from '../common/ids';
import { validationFailed } from '../common/validation-failed';
import { inTransaction } from '../database/transaction';
import { lookupOf, matchesKey, mintKey } from './api-key-secret';
import { ApiKey } from './api-key.entity';
import { type AuditAction, type AuditEntry, recordAudit } from './audit-log';
import type { ApiScope, Principal } from './principal';

/** How long a verified key is accepted without asking the database: a revocation takes effect within this time. */
export const VERIFIED_KEY_TTL_MS = 5000;
const MAX_VERIFIED_KEYS = 10_000;
/** Precision of `lastUsedAt`. */
const LAST_USE_RESOLUTION_MS = 60_000;

/** The purpose and rights of a new key. */
export interface ApiKeyRequest {
  name: string;
  scopes: readonly ApiScope[];
  /** What its bearer may read by the ACLs of documents, whichever user it asks for, e.g. `group:hr`. */
  principals: readonly string[];
  /** On behalf of which users it may ask. Default: none. */
  mayActAs?: 'any' | readonly string[];
  /** Names of the collections that it is for, which need not exist yet; null: all of the tenant. */
  collections?: readonly string[] | null;
  /** When it expires. Default: never. */
  expiresAt?: Date | null;
}

/** How a key is replaced. */
export interface RotationRequest {
  /** Seconds for which the old key stays valid, unless it expires earlier. */
  overlapSeconds: number;
  /** When the new key expires. Default: after the same lifetime as the old one, never if that never expires. */
  expiresAt?: Date;
}

/** Creates, recognises, rotates and revokes API keys. */
@Injectable()
export class ApiKeyService implements OnModuleDestroy {
  private readonly logger = new Logger(ApiKeyService.name);
  private readonly rows: Repository<ApiKey>;
  /** By the SHA-256 of the key, so that no key is kept in memory. */
  private readonly verified = new LRUCache<string, VerifiedKey>({
    max: MAX_VERIFIED_KEYS,
  });

  private readonly writes = new Set<Promise<unknown>>();

  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.rows = dataSource.getRepository(ApiKey);
  }

  /**
   * Stores a new key of a tenant. `key` is the only copy of the secret: show it once.
   * @throws AppError `VALIDATION_FAILED` for an `admin` key limited to collections, which could create an unlimited one, and
   *   for an expiry in the past
   */
  async create(tenantId: string, request: ApiKeyRequest): Promise<{ row: ApiKey; key: string }> {
    if (request.collections && request.scopes.includes('admin'))
      throw validationFailed([
        {
          field: 'collections',
          problem: 'must be left out for the scope admin, which is for all of the tenant',
        },
      ]);
    const { key, ...stored } = mintKey();
    const nowMs = this.clock.nowMs();
    requireFuture(request.expiresAt, nowMs);
    const row = this.rows.create({
      ...stored,
      id: newOrderedId(nowMs),
      tenantId,
      name: request.name,
      scopes: [...new Set(request.scopes)],
      principals: [...new Set(request.principals)],
      mayActAs: request.mayActAs === 'any' ? null : [...new Set(request.mayActAs ?? [])],
      collections: request.collections ? [...new Set(request.collections)] : null,
      createdAt: new Date(nowMs),
      expiresAt: request.expiresAt ?? null,
      lastUsedAt: null,
      revokedAt: null,
    });
    await inTransaction(this.dataSource, async (manager) => {
      await manager.insert(ApiKey, row);
      await recordKey(manager, nowMs, 'api_key.create', row);
    });
    return { row, key };
  }

  /**
   * Creates a key with the rights of another, which expires after the overlap. `key` is the only copy of the new secret.
   * @throws AppError `API_KEY_NOT_FOUND`, `CONFLICT` for a revoked or expired key, `VALIDATION_FAILED`
   */
  async rotate(
    tenantId: string,
    id: string,
    { overlapSeconds, expiresAt }: RotationRequest,
  ): Promise<{ row: ApiKey; key: string }> {
    const nowMs = this.clock.nowMs();
    requireFuture(expiresAt, nowMs);
    const { key, ...stored } = mintKey();
    const row = await inTransaction(this.dataSource, async (manager) => {
      const old = isUuid(id)
        ? await manager.findOne(ApiKey, { where: { id, tenantId }, lock: { mode: 'pessimistic_write' } })
        : null;
      if (!old) throw keyNotFound(id);
      const endsMs = old.expiresAt?.getTime() ?? Infinity;
      if (old.revokedAt !== null || endsMs <= nowMs)
        throw new AppError('CONFLICT', `The API key ${id} is revoked or expired; create a new one.`);
      const lifetimeMs = endsMs - old.createdAt.getTime();
      const row = manager.create(ApiKey, {
        ...old,
        ...stored,
        id: newOrderedId(nowMs),
        createdAt: new Date(nowMs),
        expiresAt: expiresAt ?? (lifetimeMs === Infinity ? null : new Date(nowMs + lifetimeMs)),
        lastUsedAt: null,
      });
      await manager.insert(ApiKey, row);
      const overlapEndsMs = Math.min(endsMs, nowMs + overlapSeconds * 1000);
      await manager.update(ApiKey, { id, tenantId }, { expiresAt: new Date(overlapEndsMs) });
      await recordKey(manager, nowMs, 'api_key.rotate', row, { replaces: id, overlapSeconds });
      return row;
    });
    this.verified.clear();
    return { row, key };
  }

  /**
   * The principal of a key; null if it is unknown, malformed, revoked or expired. A valid key is remembered for
   * {@link VERIFIED_KEY_TTL_MS}, so another process's revocation takes effect within that time.
   */
  async verify(key: string): Promise<Principal | null> {
    const lookup = lookupOf(key);
    if (lookup === null) return null;
    const digest = sha256Hex(key);
    const readAtMs = this.clock.nowMs();
    const known = this.verified.get(digest);
    if (known && isYounger(known.readAtMs, readAtMs, VERIFIED_KEY_TTL_MS))
      return readAtMs < known.expiresAtMs ? known.principal : null;
    const row = await this.rows.findOneBy({ lookup, revokedAt: IsNull() });
    const expiresAtMs = row?.expiresAt?.getTime() ?? Infinity;
    if (!row || !matchesKey(key, row) || expiresAtMs <= readAtMs) return null;
    this.noteUse(row, readAtMs);
    const principal = {
      tenantId: row.tenantId,
      apiKeyId: row.id,
      userId: null,
      scopes: row.scopes,
      principals: row.principals,
      mayActAs: row.mayActAs ?? ('any' as const),
      collections: row.collections,
    };
    this.verified.set(digest, { principal, readAtMs, expiresAtMs });
    return principal;
  }

  /** The keys of a tenant, revoked ones included, oldest first. */
  list(tenantId: string): Promise<ApiKey[]> {
    return this.rows.find({ where: { tenantId }, order: { id: 'ASC' } });
  }

  /**
   * Revokes a key of the tenant, immediately in this process, in others within {@link VERIFIED_KEY_TTL_MS}. Revoking twice keeps the first time.
   * @throws AppError API_KEY_NOT_FOUND
   */
  async revoke(tenantId: string, id: string): Promise<void> {
    const row = isUuid(id) ? await this.rows.findOneBy({ id, tenantId }) : null;
    if (!row) throw keyNotFound(id);
    const nowMs = this.clock.nowMs();
    await inTransaction(this.dataSource, async (manager) => {
      const unrevoked = { id, tenantId, revokedAt: IsNull() };
      const { affected } = await manager.update(ApiKey, unrevoked, { revokedAt: new Date(nowMs) });
      if (affected) await recordKey(manager, nowMs, 'api_key.revoke', row);
    });
    this.verified.clear();
  }

  /** Waits for pending writes. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.writes);
  }

  /** Writes `lastUsedAt` in the background; a failure only makes it less recent. */
  private noteUse({ id, tenantId, lastUsedAt }: ApiKey, nowMs: number): void {
    const before = new Date(nowMs - LAST_USE_RESOLUTION_MS);
    if (lastUsedAt !== null && lastUsedAt > before) return;
    const write = this.rows
      .createQueryBuilder()
      .update({ lastUsedAt: new Date(nowMs) })
      .where({ id, tenantId })
      // Another process may have written it since.
      .andWhere(
        new Brackets((or) => or.where('last_used_at IS NULL').orWhere('last_used_at <= :before', { before })),
      )
      .execute()
      .catch((error: unknown) => this.logger.debug(describeError(error)))
      .finally(() => this.writes.delete(write));
    this.writes.add(write);
  }
}

interface VerifiedKey {
  principal: Principal;
  readAtMs: number;
  /** `Infinity` for one that does not expire. */
  expiresAtMs: number;
}

/** In the transaction of the change. */
function recordKey(
  manager: EntityManager,
  nowMs: number,
  action: AuditAction,
  { id, tenantId, name, scopes, mayActAs, collections, expiresAt }: ApiKey,
  more: AuditEntry['details'] = {},
): Promise<void> {
  const details = {
    name,
    scopes: scopes.join(' '),
    // Users are counted, not named.
    may_act_as: mayActAs === null ? 'any' : mayActAs.length,
    collections: collections === null ? 'all' : collections.length,
    expires_at: expiresAt?.toISOString() ?? null,
    ...more,
  };
  const entry = { tenantId, action, target: `api_key:${id}`, details };
  return recordAudit((statement, parameters) => manager.query(statement, parameters), nowMs, entry);
}

function requireFuture(expiresAt: Date | null | undefined, nowMs: number): void {
  if (expiresAt && expiresAt.getTime() <= nowMs)
    throw validationFailed([{ field: 'expires_at', problem: 'must be in the future' }]);
}

function keyNotFound(id: string): AppError {
  return new AppError('API_KEY_NOT_FOUND', `The tenant has no API key ${id}.`);
}
