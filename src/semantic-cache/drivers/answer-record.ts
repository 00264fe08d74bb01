import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { CacheEntry } from '../cache-entry';
import { expiresAtMs } from '../ttl-decay';
import { tenantKey } from '../../redis/redis-keys';

/** The fields of an entry's hash that say whether it is still there and still the same, in the order in which they are read. */
export const HEAD_FIELDS = ['epoch', 'expires', 'slot', 'revision'] as const;
/** All fields of an entry's hash, in the order in which they are read. */
export const RECORD_FIELDS = ['body', ...HEAD_FIELDS] as const;

/** 2^12 bytes: as long as an entry may well be, and small enough to be quick. */
const WINDOW = { windowBits: 12 };

/** An entry without its epoch as deflated JSON: half as long, for some 20 µs. */
export function packBody(entry: CacheEntry): Buffer {
  return deflateRawSync(JSON.stringify({ ...entry, epoch: undefined }), WINDOW);
}

/** The inverse. @throws Error if it is no such body */
export function unpackBody(body: Buffer): Omit<CacheEntry, 'epoch'> {
  return JSON.parse(inflateRawSync(body, WINDOW).toString()) as Omit<CacheEntry, 'epoch'>;
}

/** An entry as it lies in its hash. */
export interface AnswerRecord {
  /** Everything but the epoch. @see packBody */
  body: Buffer;
  epoch: string;
  /** Ms since the epoch. */
  expires: number;
  /** @see slotOf */
  slot: string;
  /** Tells this entry from a later one of the same id. */
  revision: string;
}

/** Equal for the same writing of an entry, whatever its epoch has become since. */
export function revisionOf(entry: CacheEntry): string {
  return `${entry.createdAtMs}:${entry.fingerprint}`;
}

/** @param dimensions of the vector that it is found by; 0 for none */
export function toRecord(entry: CacheEntry, dimensions: number): AnswerRecord {
  return {
    body: packBody(entry),
    epoch: entry.epoch,
    expires: expiresAtMs(entry),
    slot: slotOf(entry.scopeHash, dimensions),
    revision: revisionOf(entry),
  };
}

/** An entry but for its body: for one revision and epoch that is always the same. */
export type AnswerHead = Pick<AnswerRecord, 'epoch' | 'slot' | 'revision'>;
/** Why there is no entry. */
export type Missing = 'absent' | 'expired' | 'corrupt';

/** Values of {@link HEAD_FIELDS} as Redis gives them. */
export type HeadReply = readonly (string | null | undefined)[];

/** Reads {@link HEAD_FIELDS}. */
export function readHead(reply: HeadReply, nowMs: number): AnswerHead | Missing {
  const [epoch, expires, slot, revision] = reply;
  if (!epoch && !expires && !slot && !revision) return 'absent';
  if (!epoch || !expires || !slot || !revision) return 'corrupt';
  return nowMs < Number(expires) ? { epoch, slot, revision } : 'expired';
}

/** Values of {@link RECORD_FIELDS} as Redis gives them. */
export type RecordReply = readonly (Buffer | null)[];
/** An entry as it was read. */
export interface FoundAnswer {
  entry: CacheEntry;
  head: AnswerHead;
  /** Length of its body. */
  bytes: number;
}

/** Reads an entry back; what is not an entry of this tenant and id is corrupt. */
export function readRecord(
  tenantId: string,
  id: string,
  [body, ...fields]: RecordReply,
  nowMs: number,
): FoundAnswer | Missing {
  const head = readHead(
    fields.map((field) => field?.toString()),
    nowMs,
  );
  if (typeof head === 'string') return body && head === 'absent' ? 'corrupt' : head;
  if (!body) return 'corrupt';
  try {
    const entry: CacheEntry = { ...unpackBody(body), epoch: head.epoch };
    const isOwn = entry.tenantId === tenantId && entry.id === id;
    const isInSlot = head.slot.startsWith(`${entry.scopeHash}:`);
    return isOwn && isInSlot ? { entry, head, bytes: body.length } : 'corrupt';
  } catch {
    return 'corrupt';
  }
}

/** Hash: one entry; or, in its field `alias` as JSON, the entry that the id is another wording of. */
export const entryKey = (tenantId: string, id: string) => tenantKey(tenantId, 'answer', id);
/** Vector set: the vectors of a slot's entries, by their ids. */
export const vectorsKey = (tenantId: string, slot: string) => tenantKey(tenantId, 'answer-vectors', slot);
/** Sorted set: the ids of a slot's entries, by the time they expire. */
export const slotKey = (tenantId: string, slot: string) => tenantKey(tenantId, 'answer-slot', slot);
/** Sorted set: the tenant's slots as `collectionId/slot`, by the time their last entry expires. */
export const slotsKey = (tenantId: string) => tenantKey(tenantId, 'answer-slots');
/** Sorted set: the ids of the entries built on a document, by the time they expire. */
export const documentKey = (tenantId: string, id: string) => tenantKey(tenantId, 'answer-document', id);

/** What an entry is searched under: its scope and the length of its vector, so that lengths never meet in one index. */
export function slotOf(scopeHash: string, dimensions: number): string {
  return `${scopeHash}:${dimensions}`;
}

/** A slot as a member of {@link slotsKey}. */
export const slotMember = (collectionId: string, slot: string) => `${collectionId}/${slot}`;

/** The inverse of {@link slotMember}. */
export function readSlotMember(member: string): { collectionId: string; slot: string } {
  const [collectionId, slot] = member.split('/');
  return { collectionId, slot };
}

/** Members handled by one script or pipeline: it holds up everybody else meanwhile. */
const BATCH = 50;

/** The items in batches of at most 50, in order. */
export function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += BATCH) yield items.slice(i, i + BATCH);
}
