import { tenantKey } from '../../redis/redis-keys';

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
