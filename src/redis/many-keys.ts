import { type ChainableCommander, Cluster } from 'ioredis';
import slotOf from 'cluster-key-slot';
import { pipelineValues, type RedisClient } from './redis-client';

/** The lease of another key: its holder may write that key. In the same slot. */
export type LeaseOf = (key: string) => string;

/** What {@link getOrClaimMany} says of a key. */
export interface ValueOrClaim {
  value: Buffer | null;
  /** Whether the lease is the caller's now. */
  claimed: boolean;
}

/** The values of many keys in their order, null where there is none: one MGET, or one per slot in a cluster. */
export async function getMany(client: RedisClient, keys: readonly string[]): Promise<(Buffer | null)[]> {
  const values = new Array<Buffer | null>(keys.length).fill(null);
  await inPipelines(client, keys, (pipeline, places) => {
    pipeline.mgetBuffer(places.map((i) => keys[i]));
    return ([found]) => places.forEach((i, n) => (values[i] = (found as (Buffer | null)[])[n]));
  });
  return values;
}

/**
 * Claims the leases of many keys that are free, and then reads the keys, in one round trip: who writes a key
 * before giving back its lease is never overlooked by the next one to claim it.
 */
export async function getOrClaimMany(
  client: RedisClient,
  keys: readonly string[],
  leaseOf: LeaseOf,
  leaseMs: number,
): Promise<ValueOrClaim[]> {
  const results = new Array<ValueOrClaim>(keys.length);
  await inPipelines(client, keys, (pipeline, places) => {
    for (const i of places) pipeline.set(leaseOf(keys[i]), '', 'PX', leaseMs, 'NX');
    pipeline.mgetBuffer(places.map((i) => keys[i]));
    return (replies) => {
      const values = replies[places.length] as (Buffer | null)[];
      places.forEach((i, n) => (results[i] = { value: values[n], claimed: replies[n] === 'OK' }));
    };
  });
  return results;
}

/** Sets many keys with one time to live. */
export async function setMany(
  client: RedisClient,
  entries: readonly { key: string; value: Buffer }[],
  ttlSeconds: number,
): Promise<void> {
  const keys = entries.map(({ key }) => key);
  await inPipelines(client, keys, (pipeline, places) => {
    for (const i of places) pipeline.set(keys[i], entries[i].value, 'EX', ttlSeconds);
  });
}

/** Lets those of the keys that there are live `ttlMs` from now on. */
export async function expireMany(client: RedisClient, keys: readonly string[], ttlMs: number): Promise<void> {
  await inPipelines(client, keys, (pipeline, places) => {
    for (const i of places) pipeline.pexpire(keys[i], ttlMs);
  });
}

/** Removes many keys without waiting for their memory to be freed. @returns how many there were */
export async function unlinkMany(client: RedisClient, keys: readonly string[]): Promise<number> {
  let removed = 0;
  await inPipelines(client, keys, (pipeline, places) => {
    pipeline.unlink(places.map((i) => keys[i]));
    return ([count]) => (removed += Number(count));
  });
  return removed;
}

/** The servers that hold the keys: one, or the masters of a cluster. */
export function serversOf(client: RedisClient) {
  return client instanceof Cluster ? client.nodes('master') : [client];
}

/** Takes the replies to the commands that were added for some keys, in the order of the commands. */
type TakeReplies = (replies: readonly unknown[]) => void;

/**
 * Sends commands about many keys in one pipeline, or in one per server of a cluster: one round trip.
 * @param add adds the commands of some keys, given by their places in `keys`; in a cluster these are of one slot
 * @throws the first error among the replies
 */
async function inPipelines(
  client: RedisClient,
  keys: readonly string[],
  add: (pipeline: ChainableCommander, places: readonly number[]) => TakeReplies | void,
): Promise<void> {
  const send = async (slots: readonly (readonly number[])[]) => {
    const pipeline = client.pipeline();
    const parts = slots.map((places) => {
      const from = pipeline.length;
      const take = add(pipeline, places);
      return { from, to: pipeline.length, take };
    });
    const replies = pipelineValues(await pipeline.exec());
    for (const { from, to, take } of parts) take?.(replies.slice(from, to));
  };
  if (keys.length === 0) return;
  try {
    await Promise.all(placesByServer(client, keys).map(send));
  } catch (error) {
    // ioredis follows a moved slot by itself only where all of a pipeline is of that one slot.
    if (client instanceof Cluster && isMoved(error)) client.refreshSlotsCache();
    throw error;
  }
}

function isMoved(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('MOVED ');
}

/** The places of the keys, by server and slot; a server that is no cluster has no slots. */
function placesByServer(client: RedisClient, keys: readonly string[]): number[][][] {
  if (!(client instanceof Cluster)) return [[keys.map((_, i) => i)]];
  const servers = new Map<string, Map<number, number[]>>();
  keys.forEach((key, i) => {
    const slot = slotOf(key);
    // Master and replicas: ioredis wants all keys of a pipeline to be with the same ones.
    const nodes = (client.slots[slot] ?? []).join(' ');
    const slots = servers.get(nodes) ?? new Map<number, number[]>();
    const places = slots.get(slot) ?? [];
    places.push(i);
    servers.set(nodes, slots.set(slot, places));
  });
  return [...servers.values()].map((slots) => [...slots.values()]);
}
