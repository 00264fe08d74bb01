import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { CacheEntry } from '../cache-entry';
import { expiresAtMs } from '../ttl-decay';
import { slotOf } from './answer-keys';

/** The fields of an entry's hash, in the order in which they are read. */
export const RECORD_FIELDS = ['body', 'epoch', 'expires', 'slot'] as const;

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

/** Values of {@link RECORD_FIELDS} as Redis gives them. */
export type RecordReply = readonly (Buffer | null)[];
export type ReadRecord = { entry: CacheEntry; slot: string } | 'absent' | 'expired' | 'corrupt';

/** Reads an entry back; what is not an entry of this tenant and id is corrupt. */
export function readRecord(tenantId: string, id: string, reply: RecordReply, nowMs: number): ReadRecord {
  if (reply.every((value) => value === null)) return 'absent';
  const [body, ...fields] = reply;
  const [epoch, expires, slot] = fields.map((field) => field?.toString());
  if (!body || !epoch || !expires || !slot) return 'corrupt';
  if (!(nowMs < Number(expires))) return 'expired';
  try {
    const entry: CacheEntry = { ...unpackBody(body), epoch };
    const isOwn = entry.tenantId === tenantId && entry.id === id;
    return isOwn && slot.startsWith(`${entry.scopeHash}:`) ? { entry, slot } : 'corrupt';
  } catch {
    return 'corrupt';
  }
}
