import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource, IsNull, type Repository } from 'typeorm';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock, isYounger } from '../common/clock';
import { sha256Hex } from '../common/hash';
import { isUuid, newOrderedId } from '../common/ids';
import { validationFailed } from '../common/validation-failed';
import { lookupOf, matchesKey, mintKey } from './api-key-secret';
import { ApiKey } from './api-key.entity';
import type { ApiScope, Principal } from './principal';

/** How long a verified key is believed without asking the database: the time a revocation may take. */
export const VERIFIED_KEY_TTL_MS = 5000;
const MAX_VERIFIED_KEYS = 10_000;

/** What a new key is for and what it may do. */
export interface ApiKeyRequest {
  name: string;
  scopes: readonly ApiScope[];
  /** What its bearer may read by the ACLs of documents, whoever it asks for, e.g. `group:hr`. */
  principals: readonly string[];
  /** On behalf of which users it may ask. Default: none. */
  mayActAs?: 'any' | readonly string[];
  /** Names of the collections that it is for, which need not exist yet; null: all of the tenant. */
  collections?: readonly string[] | null;
}

/** Creates, recognises and revokes API keys. */
@Injectable()
export class ApiKeyService {
  private readonly rows: Repository<ApiKey>;
  /** Under the SHA-256 of the key, so that no key lies in memory. */
  private readonly verified = new LRUCache<string, { principal: Principal; readAtMs: number }>({
    max: MAX_VERIFIED_KEYS,
  });

  constructor(
    dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.rows = dataSource.getRepository(ApiKey);
  }

  /**
   * Stores a new key of a tenant. `key` is the only copy of the secret: show it once.
   * @throws AppError `VALIDATION_FAILED` for an `admin` key of some collections: it could make itself another
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
      revokedAt: null,
    });
    await this.rows.insert(row);
    return { row, key };
  }

  /**
   * Who bears a key; null if it is unknown, malformed or revoked. A positive result is believed for
   * {@link VERIFIED_KEY_TTL_MS}, so another process's revocation takes effect within that time.
   */
  async verify(key: string): Promise<Principal | null> {
    const lookup = lookupOf(key);
    if (lookup === null) return null;
    const digest = sha256Hex(key);
    const readAtMs = this.clock.nowMs();
    const known = this.verified.get(digest);
    if (known && isYounger(known.readAtMs, readAtMs, VERIFIED_KEY_TTL_MS)) return known.principal;
    const row = await this.rows.findOneBy({ lookup, revokedAt: IsNull() });
    if (!row || !matchesKey(key, row)) return null;
    const principal = {
      tenantId: row.tenantId,
      apiKeyId: row.id,
      scopes: row.scopes,
      principals: row.principals,
      mayActAs: row.mayActAs ?? ('any' as const),
      collections: row.collections,
    };
    this.verified.set(digest, { principal, readAtMs });
    return principal;
  }

  /** The keys of a tenant, revoked ones included, oldest first. */
  list(tenantId: string): Promise<ApiKey[]> {
    return this.rows.find({ where: { tenantId }, order: { id: 'ASC' } });
  }

  /**
   * Makes a key of the tenant worthless, in this process at once, in others within
   * {@link VERIFIED_KEY_TTL_MS}. Revoking twice keeps the first time.
   * @throws AppError API_KEY_NOT_FOUND
   */
  async revoke(tenantId: string, id: string): Promise<void> {
    const row = isUuid(id) ? await this.rows.findOneBy({ id, tenantId }) : null;
    if (!row) throw new AppError('API_KEY_NOT_FOUND', `The tenant has no API key ${id}.`);
    await this.rows.update(
      { id, tenantId, revokedAt: IsNull() },
      { revokedAt: new Date(this.clock.nowMs()) },
    );
    this.verified.clear();
  }
}
