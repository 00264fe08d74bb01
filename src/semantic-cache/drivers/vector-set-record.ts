import { fromFloat32Bytes, toFloat32Bytes } from '../../common/vector';
import type { CacheEntry } from '../cache-entry';
import { expiresAtMs } from '../ttl-decay';
import { slotOf } from './vector-set-keys';

/** The fields of an entry's hash, in the order in which they are read. */
export const RECORD_FIELDS = ['body', 'epoch', 'citations', 'expires', 'slot', 'vector'] as const;

/** An entry as it lies in its hash. */
export interface VectorSetRecord {
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
  /** Little-endian float32; empty for none. */
  vector: Buffer;
}

/** Equal for the same writing of an entry, whatever its epoch has become since. */
export function revisionOf(entry: CacheEntry): string {
  return `${entry.createdAtMs}:${entry.fingerprint}`;
}

export function toRecord(entry: CacheEntry): VectorSetRecord {
  const { vector, epoch, citations, ...body } = entry;
  return {
    body: JSON.stringify(body),
    epoch,
    citations: JSON.stringify(citations),
    expires: expiresAtMs(entry),
    slot: slotOf(entry.scopeHash, vector?.length ?? 0),
    revision: revisionOf(entry),
    vector: vector ? toFloat32Bytes(vector) : Buffer.alloc(0),
  };
}

/** Values of {@link RECORD_FIELDS} as Redis gives them. */
export type RecordReply = readonly (Buffer | null)[];
export type ReadRecord = { entry: CacheEntry; slot: string } | 'absent' | 'expired' | 'corrupt';

/** Reads an entry back; what is not an entry of this tenant and id is corrupt. */
export function readRecord(tenantId: string, id: string, reply: RecordReply, nowMs: number): ReadRecord {
  if (reply.every((value) => value === null)) return 'absent';
  const [body, epoch, citations, expires, slot, vector] = reply;
  if (!body || !epoch || !citations || !expires || !slot || !vector) return 'corrupt';
  if (!(nowMs < Number(expires.toString()))) return 'expired';
  try {
    const entry: CacheEntry = {
      ...(JSON.parse(body.toString()) as Omit<CacheEntry, 'epoch' | 'citations' | 'vector'>),
      epoch: epoch.toString(),
      citations: JSON.parse(citations.toString()) as CacheEntry['citations'],
      vector: vector.length > 0 ? fromFloat32Bytes(vector) : null,
    };
    const isOwn = entry.tenantId === tenantId && entry.id === id;
    const expectedSlot = slotOf(entry.scopeHash, entry.vector?.length ?? 0);
    return isOwn && slot.toString() === expectedSlot ? { entry, slot: expectedSlot } : 'corrupt';
  } catch {
    return 'corrupt';
  }
}
