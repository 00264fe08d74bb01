import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock';
import type { CacheRedis } from '../../redis/cache-redis';
import { pipelineValues } from '../../redis/redis-client';
import type { CacheAlias, CacheEntry } from '../cache-entry';
import {
  entryKey,
  type AnswerHead,
  type FoundAnswer,
  HEAD_FIELDS,
  type HeadReply,
  type Missing,
  readHead,
  readRecord,
  RECORD_FIELDS,
  type RecordReply,
} from './answer-record';

/** What the entries that a process has decoded may take, about. */
const MAX_DECODED_BYTES = 32 * 1024 * 1024;
/** So many times its deflated body an entry takes once it is decoded, about. */
const INFLATION = 5;

/**
 * Reads entries. Redis says each time whether an entry is there, and which; its body is fetched and decoded only if this
 * process has not read that very writing before. So what was removed or replaced there is never found here.
 */
export class AnswerReader {
  private readonly decoded = new LRUCache<string, FoundAnswer>({
    maxSize: MAX_DECODED_BYTES,
    sizeCalculation: ({ bytes }) => INFLATION * bytes,
  });

  constructor(
    private readonly redis: Pick<CacheRedis, 'run'>,
    private readonly clock: Clock,
  ) {}

  /** What lies under an id: an entry, which is not to be changed, or what the id is an alias of, or neither. */
  async get(
    tenantId: string,
    id: string,
  ): Promise<{ found: CacheEntry | Missing; alias: CacheAlias | null }> {
    const key = entryKey(tenantId, id);
    const [alias, ...reply] = await this.redis.run('answer.get', (client) =>
      client.hmget(key, 'alias', ...HEAD_FIELDS),
    );
    const head = readHead(reply, this.clock.nowMs());
    const [found] = typeof head === 'string' ? [head] : await this.entries(tenantId, [{ id, head }]);
    if (found === 'corrupt') await this.redis.run('answer.delete', (client) => client.del(key));
    return { found, alias: alias ? (JSON.parse(alias) as CacheAlias) : null };
  }

  /** The heads of entries, in the order of the ids. */
  async heads(tenantId: string, ids: readonly string[]): Promise<(AnswerHead | Missing)[]> {
    if (ids.length === 0) return [];
    const replies = await this.redis.run('answer.heads', async (client) => {
      const pipeline = client.pipeline();
      for (const id of ids) pipeline.hmget(entryKey(tenantId, id), ...HEAD_FIELDS);
      return pipelineValues(await pipeline.exec()) as HeadReply[];
    });
    return replies.map((reply) => readHead(reply, this.clock.nowMs()));
  }

  /** The entries whose heads were read, in their order; not to be changed. */
  async entries(
    tenantId: string,
    wanted: readonly { id: string; head: AnswerHead }[],
  ): Promise<(CacheEntry | Missing)[]> {
    const known = wanted.map(({ id, head }) => this.known(tenantId, id, head));
    const unknown = wanted.flatMap(({ id }, i) => (known[i] === null ? [id] : []));
    const read = unknown.length === 0 ? [] : await this.readWhole(tenantId, unknown);
    return known.map((entry) => entry ?? read.shift()!);
  }

  /** To be told that an entry was written. */
  forget(id: string): void {
    this.decoded.delete(id);
  }

  private known(tenantId: string, id: string, { epoch, slot, revision }: AnswerHead): CacheEntry | null {
    const answer = this.decoded.get(id);
    if (answer?.entry.tenantId !== tenantId) return null;
    const { head } = answer;
    // With another epoch may have come other citations.
    const isSame = head.revision === revision && head.epoch === epoch && head.slot === slot;
    return isSame ? answer.entry : null;
  }

  private async readWhole(tenantId: string, ids: readonly string[]): Promise<(CacheEntry | Missing)[]> {
    const replies = await this.redis.run('answer.get', async (client) => {
      const pipeline = client.pipeline();
      for (const id of ids) pipeline.hmgetBuffer(entryKey(tenantId, id), ...RECORD_FIELDS);
      return pipelineValues(await pipeline.exec()) as RecordReply[];
    });
    return replies.map((reply, i) => {
      const record = readRecord(tenantId, ids[i], reply, this.clock.nowMs());
      if (typeof record === 'string') return record;
      this.decoded.set(ids[i], record);
      return record.entry;
    });
  }
}
