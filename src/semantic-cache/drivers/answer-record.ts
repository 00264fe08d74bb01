import type { CacheEntry } from '../cache-entry';
import { expiresAtMs } from '../ttl-decay';
import { slotOf } from './answer-keys';

/** The fields of an entry's hash, in the order in which they are read. */
export const RECORD_FIELDS = ['body', 'epoch', 'citations', 'expires', 'slot'] as const;

/** An entry as it lies in its hash. */
export interface AnswerRecord {
  /** JSON of everything that never changes. */
  body: string;
  epoch: string;
  /** JSON. */
  citations: string;
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
  const { epoch, citations, ...body } = entry;
  return {
    body: JSON.stringify(body),
    epoch,
    citations: JSON.stringify(citations),
    expires: expiresAtMs(entry),
    slot: slotOf(entry.scopeHash, dimensions),
    revision: revisionOf(entry),
  };
}

/** Values of {@link RECORD_FIELDS} as Redis gives them. */
export type RecordReply = readonly (string | null)[];
export type ReadRecord = { entry: CacheEntry; slot: string } | 'absent' | 'expired' | 'corrupt';

/** Reads an entry back; what is not an entry of this tenant and id is corrupt. */
export function readRecord(tenantId: string, id: string, reply: RecordReply, nowMs: number): ReadRecord {
  if (reply.every((value) => value === null)) return 'absent';
  const [body, epoch, citations, expires, slot] = reply;
  if (!body || !epoch || !citations || !expires || !slot) return 'corrupt';
  if (!(nowMs < Number(expires))) return 'expired';
  try {
    const entry: CacheEntry = {
      ...(JSON.parse(body) as Omit<CacheEntry, 'epoch' | 'citations'>),
      epoch,
      citations: JSON.parse(citations) as CacheEntry['citations'],
    };
    const isOwn = entry.tenantId === tenantId && entry.id === id;
    return isOwn && slot.startsWith(`${entry.scopeHash}:`) ? { entry, slot } : 'corrupt';
  } catch {
    return 'corrupt';
  }
}
