import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock';
import { dotProduct } from '../../common/vector';
import type { AnswerIndex, AnswerIndexStats } from '../answer-index';
import type { CacheAlias, CacheCandidate, CacheEntry, CacheLookup } from '../cache-entry';
import { expiresAtMs } from '../ttl-decay';
import { batches } from './answer-record';

interface Stored {
  entry: CacheEntry;
  vector: Float32Array | null;
  expiresAtMs: number;
  bytes: number;
}

/** Answers in this process: the least recently used go first. Finds the nearest exactly, by looking at all of a scope. */
export class MemoryAnswerIndex implements AnswerIndex {
  readonly kind = 'memory';
  private readonly answers: LRUCache<string, Stored>;
  /** Keys of the answers of each scope. */
  private readonly scopes = new Map<string, Set<string>>();
  private readonly aliases: LRUCache<string, CacheAlias>;

  /** @param maxEntries of all tenants together */
  constructor(
    private readonly clock: Clock,
    maxEntries: number,
  ) {
    this.answers = new LRUCache({
      max: maxEntries,
      dispose: ({ entry }, key) => this.leaveScope(entry, key),
    });
    this.aliases = new LRUCache({ max: maxEntries });
  }

  async get(tenantId: string, id: string): Promise<CacheLookup> {
    const key = keyOf(tenantId, id);
    const stored = this.answers.get(key);
    if (!stored) return this.getByAlias(tenantId, key);
    if (this.isAlive(stored)) return { hit: true, entry: stored.entry };
    this.answers.delete(key);
    return { hit: false, reason: 'expired' };
  }

  async nearest(
    tenantId: string,
    scopeHash: string,
    vector: Float32Array,
    limit: number,
    minSimilarity: number,
  ): Promise<CacheCandidate[]> {
    const found: CacheCandidate[] = [];
    for (const key of this.scopes.get(keyOf(tenantId, scopeHash)) ?? []) {
      const stored = this.answers.peek(key);
      if (!stored || stored.vector?.length !== vector.length) continue;
      if (!this.isAlive(stored)) {
        this.answers.delete(key);
        continue;
      }
      const similarity = clampCosine(dotProduct(vector, stored.vector));
      if (similarity >= minSimilarity) found.push({ entry: stored.entry, similarity });
    }
    const nearest = found.sort((a, b) => b.similarity - a.similarity).slice(0, Math.max(0, limit));
    for (const { entry } of nearest) this.answers.get(keyOf(tenantId, entry.id));
    return nearest;
  }

  async put(entry: CacheEntry, vector: Float32Array | null): Promise<void> {
    const key = keyOf(entry.tenantId, entry.id);
    // A copy: what the caller does to its object later must not reach the cache.
    const stored: Stored = {
      entry: structuredClone(entry),
      vector: vector && Float32Array.from(vector),
      expiresAtMs: expiresAtMs(entry),
      bytes: bytesOf(entry, vector),
    };
    this.answers.delete(key);
    if (!this.isAlive(stored)) return;
    this.answers.set(key, stored);
    const scope = keyOf(entry.tenantId, entry.scopeHash);
    const members = this.scopes.get(scope);
    if (members) members.add(key);
    else this.scopes.set(scope, new Set([key]));
  }

  async putAlias({ tenantId }: CacheEntry, aliasId: string, alias: CacheAlias): Promise<void> {
    this.aliases.set(keyOf(tenantId, aliasId), { ...alias });
  }

  async advanceEpoch(
    entry: CacheEntry,
    expectedEpoch: string,
    { epoch, citations }: Pick<CacheEntry, 'epoch' | 'citations'>,
  ): Promise<boolean> {
    const stored = this.answers.peek(keyOf(entry.tenantId, entry.id));
    if (!stored || !this.isAlive(stored)) return false;
    const current = stored.entry;
    const isSame = current.fingerprint === entry.fingerprint && current.createdAtMs === entry.createdAtMs;
    if (!isSame || current.epoch !== expectedEpoch) return false;
    stored.entry = { ...current, epoch, citations: structuredClone(citations) };
    return true;
  }

  async delete(tenantId: string, id: string): Promise<boolean> {
    const key = keyOf(tenantId, id);
    const stored = this.answers.peek(key);
    this.answers.delete(key);
    this.aliases.delete(key);
    return stored !== undefined && this.isAlive(stored);
  }

  async deleteByDocument(tenantId: string, documentId: string): Promise<number> {
    return this.deleteWhere((entry) => entry.tenantId === tenantId && entry.documentIds.includes(documentId));
  }

  async deleteByCollection(tenantId: string, collectionId: string): Promise<number> {
    return this.deleteWhere((entry) => entry.tenantId === tenantId && entry.collectionId === collectionId);
  }

  async deleteAll(tenantId: string): Promise<number> {
    return this.deleteWhere((entry) => entry.tenantId === tenantId);
  }

  async *entriesOf(tenantId: string): AsyncGenerator<readonly CacheEntry[]> {
    const stored = [...this.answers.values()].filter(({ entry }) => entry.tenantId === tenantId);
    for (const batch of batches(stored))
      yield batch.filter((one) => this.isAlive(one)).map(({ entry }) => structuredClone(entry));
  }

  async stats(tenantId: string): Promise<AnswerIndexStats> {
    const stats = { entries: 0, bytes: 0 };
    for (const stored of this.answers.values()) {
      if (stored.entry.tenantId !== tenantId || !this.isAlive(stored)) continue;
      stats.entries++;
      stats.bytes += stored.bytes;
    }
    return stats;
  }

  private getByAlias(tenantId: string, key: string): CacheLookup {
    const alias = this.aliases.get(key);
    const stored = alias && this.answers.get(keyOf(tenantId, alias.entryId));
    if (!stored || !this.isAlive(stored)) return { hit: false, reason: 'absent' };
    return { hit: true, entry: stored.entry, alias };
  }

  private isAlive(stored: Stored): boolean {
    return this.clock.nowMs() < stored.expiresAtMs;
  }

  private deleteWhere(condemned: (entry: CacheEntry) => boolean): number {
    let deleted = 0;
    for (const [key, stored] of [...this.answers.entries()]) {
      if (!condemned(stored.entry)) continue;
      this.answers.delete(key);
      if (this.isAlive(stored)) deleted++;
    }
    return deleted;
  }

  private leaveScope(entry: CacheEntry, key: string): void {
    const scope = keyOf(entry.tenantId, entry.scopeHash);
    const members = this.scopes.get(scope);
    members?.delete(key);
    if (members?.size === 0) this.scopes.delete(scope);
  }
}

/** Neither tenant ids nor hashes hold a space. */
const keyOf = (tenantId: string, part: string) => `${tenantId} ${part}`;

/** Rounding may carry the product of unit vectors a little past ±1. */
const clampCosine = (value: number) => Math.min(1, Math.max(-1, value));

/** About what an entry takes: its text once, its vector. */
function bytesOf(entry: CacheEntry, vector: Float32Array | null): number {
  return Buffer.byteLength(JSON.stringify(entry)) + (vector?.byteLength ?? 0);
}
