/** A hash that a search found. */
export interface FoundKey {
  key: string;
  /** Cosine, [-1, 1]. */
  similarity: number;
}

/**
 * Reads the reply of an `FT.SEARCH` that returns `distance` alone: of RESP2 a list `[total, key, [name, value], …]`, of
 * RESP3 a map with `results`, each with `id` and `extra_attributes`, as a map or as a list of names and values. Keys
 * that expired meanwhile come without a value, and are left out.
 * @returns keys in the order of the reply; a cosine distance may come a little below 0
 */
export function readSearchReply(reply: unknown): FoundKey[] {
  const found = Array.isArray(reply) && typeof reply[0] !== 'string' ? readList(reply) : readMap(reply);
  return found.flatMap(({ key, distance }) => {
    if (distance === undefined || distance === null || Number.isNaN(Number(distance))) return [];
    const similarity = Math.min(1, Math.max(-1, 1 - Number(distance)));
    return [{ key, similarity }];
  });
}

function readList(reply: readonly unknown[]): { key: string; distance: unknown }[] {
  const found = [];
  for (let i = 1; i < reply.length; i += 2)
    found.push({ key: String(reply[i]), distance: fieldsOf(reply[i + 1]).get('distance') });
  return found;
}

function readMap(reply: unknown): { key: string; distance: unknown }[] {
  const results = fieldsOf(reply).get('results');
  if (!Array.isArray(results)) return [];
  return results.map((result) => {
    const fields = fieldsOf(result);
    return {
      key: String(fields.get('id')),
      distance: fieldsOf(fields.get('extra_attributes')).get('distance'),
    };
  });
}

/** Names and values, however the client gives a map. */
function fieldsOf(value: unknown): Map<string, unknown> {
  if (value instanceof Map) return new Map([...value].map(([name, field]) => [String(name), field]));
  if (!Array.isArray(value)) return new Map(Object.entries(value ?? {}));
  return new Map(value.flatMap((name, i) => (i % 2 === 0 ? [[String(name), value[i + 1]] as const] : [])));
}
