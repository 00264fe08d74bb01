import type { Clock } from '../../common/clock';
import type { CacheRedis } from '../../redis/cache-redis';
import { pipelineValues } from '../../redis/redis-client';
import { orWithoutCache } from '../../redis/redis-failure';
import type { AnswerIndex, AnswerIndexStats } from '../answer-index';
import type { CacheAlias, CacheCandidate, CacheEntry, CacheLookup } from '../cache-entry';
import { expiresAtMs } from '../ttl-decay';
import {
  batches,
  documentKey,
  entryKey,
  readSlotMember,
  slotKey,
  slotMember,
  slotOf,
  slotsKey,
  vectorsKey,
  type AnswerHead,
  type Missing,
  packBody,
  readRecord,
  RECORD_FIELDS,
  type RecordReply,
  revisionOf,
  toRecord,
} from './answer-record';
import { AnswerReader } from './answer-reader';
import { ADVANCE_EPOCH, PUT_ALIAS, PUT_ENTRY, REMOVE_ENTRIES } from './answer-scripts';
import { surveyAnswers } from './answer-survey';
import type { EntryVectors, NearEntry } from './entry-vectors';

/**
 * Asked for beyond what is wanted, to make up for entries that are dead. With the eight that the service wants it stays at
 * 12: for more of them RediSearch compares all vectors instead of walking its HNSW graph.
 */
const SPARE_CANDIDATES = 4;
const MAX_SEARCHES = 3;
const NO_VECTOR = { field: '', bytes: Buffer.alloc(0) };
/** Purges must get through, and nobody waits for an answer. */
const PURGE_TIMEOUT_MS = 2_000;

/**
 * Answers in Redis: a hash per entry, vectors to find the nearest of a slot, sorted sets to find what to purge. The hash
 * is the truth; all else only leads to it, so that losing any key loses hits and nothing else.
 */
export class RedisAnswerIndex implements AnswerIndex {
  readonly kind: EntryVectors['kind'];
  private readonly reader: AnswerReader;

  constructor(
    private readonly redis: Pick<CacheRedis, 'run'>,
    private readonly vectors: EntryVectors,
    private readonly clock: Clock,
  ) {
    this.kind = vectors.kind;
    this.reader = new AnswerReader(redis, clock);
  }

  async get(tenantId: string, id: string): Promise<CacheLookup> {
    const { found, alias } = await this.reader.get(tenantId, id);
    if (typeof found === 'object') return { hit: true, entry: found };
    if (alias === null) return { hit: false, reason: found === 'expired' ? 'expired' : 'absent' };
    const { found: entry } = await this.reader.get(tenantId, alias.entryId);
    return typeof entry === 'object' ? { hit: true, entry, alias } : { hit: false, reason: 'absent' };
  }

  async nearest(
    tenantId: string,
    scopeHash: string,
    vector: Float32Array,
    limit: number,
    minSimilarity: number,
  ): Promise<CacheCandidate[]> {
    if (limit <= 0) return [];
    const slot = slotOf(scopeHash, vector.length);
    const count = limit + SPARE_CANDIDATES;
    let candidates: CacheCandidate[] = [];
    for (let search = 0; search < MAX_SEARCHES; search++) {
      const near = await this.vectors.search(tenantId, slot, vector, count);
      const wanted = near.filter(({ similarity }) => similarity >= minSimilarity);
      const { alive, dead, corrupt } = await this.load(tenantId, slot, wanted, limit);
      candidates = alive;
      await this.removeStale(tenantId, slot, dead, 'dead');
      await this.removeStale(tenantId, slot, corrupt, 'all');
      if (candidates.length === limit || dead.length + corrupt.length === 0) break;
    }
    return candidates;
  }

  async put(entry: CacheEntry, vector: Float32Array | null): Promise<void> {
    const { tenantId, id } = entry;
    const { expires, body, epoch, slot, revision } = toRecord(entry, vector?.length ?? 0);
    const now = this.clock.nowMs();
    if (expires <= now) {
      await this.delete(tenantId, id);
      return;
    }
    if (vector) await this.vectors.prepare(vector.length);
    const keys = [
      entryKey(tenantId, id),
      vectorsKey(tenantId, slot),
      slotKey(tenantId, slot),
      slotsKey(tenantId),
      ...entry.documentIds.map((documentId) => documentKey(tenantId, documentId)),
    ];
    const member = slotMember(entry.collectionId, slot);
    const { field, bytes } = vector ? this.vectors.encode(vector) : NO_VECTOR;
    const args = [id, now, expires, member, body, epoch, slot, revision, this.kind, field, bytes];
    await this.redis.run('answer.put', (client) => PUT_ENTRY.run(client, keys, args));
    this.reader.forget(id);
  }

  async putAlias(entry: CacheEntry, aliasId: string, alias: CacheAlias): Promise<void> {
    const ttlMs = expiresAtMs(entry) - this.clock.nowMs();
    if (ttlMs <= 0) return;
    const keys = [entryKey(entry.tenantId, aliasId)];
    const args = [JSON.stringify(alias), Math.ceil(ttlMs)];
    await this.redis.run('answer.alias', (client) => PUT_ALIAS.run(client, keys, args));
  }

  async advanceEpoch(
    entry: CacheEntry,
    expectedEpoch: string,
    { epoch, citations }: Pick<CacheEntry, 'epoch' | 'citations'>,
  ): Promise<boolean> {
    const keys = [entryKey(entry.tenantId, entry.id)];
    const body = packBody({ ...entry, citations });
    const args = [this.clock.nowMs(), revisionOf(entry), expectedEpoch, epoch, body];
    const moved = await this.redis.run('answer.advance', (client) => ADVANCE_EPOCH.run(client, keys, args));
    return moved === 1;
  }

  async delete(tenantId: string, id: string): Promise<boolean> {
    const [slot] = (await this.redis.run('answer.delete', async (client) => {
      const pipeline = client.pipeline();
      pipeline.hget(entryKey(tenantId, id), 'slot');
      pipeline.hdel(entryKey(tenantId, id), 'alias');
      return pipelineValues(await pipeline.exec());
    })) as [string | null, number];
    return slot !== null && (await this.remove(tenantId, slot, [id], 'all')) > 0;
  }

  async deleteByDocument(tenantId: string, documentId: string): Promise<number> {
    const index = documentKey(tenantId, documentId);
    let removed = 0;
    for (const batch of batches(await this.members(index))) {
      const slots = await this.slotsBuiltOn(tenantId, documentId, batch);
      for (const [slot, members] of slots) removed += await this.remove(tenantId, slot, members, 'all');
      // Not before: a purge that is broken off finds them again.
      await this.redis.run('answer.purge', (client) => client.zrem(index, ...batch), PURGE_TIMEOUT_MS);
    }
    return removed;
  }

  deleteByCollection(tenantId: string, collectionId: string): Promise<number> {
    return this.deleteSlots(tenantId, (collection) => collection === collectionId);
  }

  deleteAll(tenantId: string): Promise<number> {
    return this.deleteSlots(tenantId, () => true);
  }

  async *entriesOf(tenantId: string): AsyncGenerator<readonly CacheEntry[]> {
    for (const member of await this.members(slotsKey(tenantId))) {
      const { slot } = readSlotMember(member);
      for (const batch of batches(await this.members(slotKey(tenantId, slot)))) {
        const replies = await this.recordsOf(tenantId, batch);
        const records = replies.map((reply, i) => readRecord(tenantId, batch[i], reply, this.clock.nowMs()));
        // An entry that has moved to another slot is told there.
        yield records.flatMap((record) =>
          typeof record === 'object' && record.head.slot === slot ? [record.entry] : [],
        );
      }
    }
  }

  async stats(tenantId: string): Promise<AnswerIndexStats> {
    const slots = (await this.members(slotsKey(tenantId))).map((member) => readSlotMember(member).slot);
    return surveyAnswers(this.redis, tenantId, slots, this.clock.nowMs());
  }

  /** The first of what was found that is alive, and what of it leads nowhere or to what is no entry. */
  private async load(tenantId: string, slot: string, found: readonly NearEntry[], limit: number) {
    const alive: CacheCandidate[] = [];
    const dead: string[] = [];
    const corrupt: string[] = [];
    const bad = (id: string, why: Missing) => (why === 'corrupt' ? corrupt : dead).push(id);
    const wanted: (NearEntry & { head: AnswerHead })[] = [];
    for (let at = 0; wanted.length < limit && at < found.length;) {
      const next = found.slice(at, at + limit - wanted.length);
      at += next.length;
      const heads = await this.reader.heads(
        tenantId,
        next.map(({ id }) => id),
      );
      next.forEach(({ id, similarity }, i) => {
        const head = heads[i];
        if (typeof head === 'object' && head.slot === slot) wanted.push({ id, similarity, head });
        else bad(id, typeof head === 'object' ? 'absent' : head);
      });
    }
    const entries = await this.reader.entries(tenantId, wanted);
    wanted.forEach(({ id, similarity }, i) => {
      const entry = entries[i];
      if (typeof entry === 'object') alive.push({ entry, similarity });
      else bad(id, entry);
    });
    return { alive, dead, corrupt };
  }

  /** Tidies up; the search has its answer whether or not this works. */
  private async removeStale(tenantId: string, slot: string, ids: readonly string[], mode: 'all' | 'dead') {
    if (ids.length > 0) await orWithoutCache(null, () => this.remove(tenantId, slot, ids, mode));
  }

  private async remove(tenantId: string, slot: string, ids: readonly string[], mode: 'all' | 'dead') {
    let removed = 0;
    for (const batch of batches(ids)) {
      const hashes = batch.map((id) => entryKey(tenantId, id));
      const keys = [vectorsKey(tenantId, slot), slotKey(tenantId, slot), ...hashes];
      const args = [this.clock.nowMs(), slot, mode, this.kind, ...batch];
      const count = await this.redis.run(
        'answer.delete',
        (client) => REMOVE_ENTRIES.run(client, keys, args),
        PURGE_TIMEOUT_MS,
      );
      removed += Number(count);
    }
    return removed;
  }

  /** Those of the entries that are built on a document now (an id may have been written again), by slot. */
  private async slotsBuiltOn(tenantId: string, documentId: string, ids: readonly string[]) {
    const replies = await this.recordsOf(tenantId, ids);
    const slots = new Map<string, string[]>();
    replies.forEach((reply, i) => {
      const record = readRecord(tenantId, ids[i], reply, this.clock.nowMs());
      if (typeof record === 'string' || !record.entry.documentIds.includes(documentId)) return;
      slots.set(record.head.slot, [...(slots.get(record.head.slot) ?? []), ids[i]]);
    });
    return slots;
  }

  private recordsOf(tenantId: string, ids: readonly string[]): Promise<RecordReply[]> {
    return this.redis.run(
      'answer.records',
      async (client) => {
        const pipeline = client.pipeline();
        for (const id of ids) pipeline.hmgetBuffer(entryKey(tenantId, id), ...RECORD_FIELDS);
        return pipelineValues(await pipeline.exec()) as RecordReply[];
      },
      PURGE_TIMEOUT_MS,
    );
  }

  private async deleteSlots(tenantId: string, condemned: (collectionId: string) => boolean) {
    let removed = 0;
    for (const member of await this.members(slotsKey(tenantId))) {
      const { collectionId, slot } = readSlotMember(member);
      if (!condemned(collectionId)) continue;
      removed += await this.remove(tenantId, slot, await this.members(slotKey(tenantId, slot)), 'all');
      // Vectors whose ids were lost with an evicted sorted set.
      await this.redis.run('answer.purge', (client) => client.unlink(vectorsKey(tenantId, slot)));
      await this.redis.run('answer.purge', (client) => client.zrem(slotsKey(tenantId), member));
    }
    return removed;
  }

  private members(sortedSet: string): Promise<string[]> {
    return this.redis.run('answer.members', (client) => client.zrange(sortedSet, 0, -1), PURGE_TIMEOUT_MS);
  }
}
