/** A JSON scalar, as metadata values are compared. */
export type MetadataValue = string | number | boolean | null;

/** Conditions on one metadata key; all given ones must hold. */
export interface MetadataCondition {
  eq?: MetadataValue;
  in?: MetadataValue[];
  /** Bounds compare numbers with numbers and strings (ISO dates, for example) with strings. */
  gt?: number | string;
  gte?: number | string;
  lt?: number | string;
  lte?: number | string;
  exists?: boolean;
}

/** What a passage's document must fulfil in addition to tenant, collection and ACL. */
export interface PassageFilter {
  documentIds?: string[];
  externalIds?: string[];
  /** A bare value means `eq`. */
  metadata?: Record<string, MetadataValue | MetadataCondition>;
}

const BOUNDS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/**
 * The filter as SQL conditions on the table alias `d` (document). Values go into `parameters`; only their
 * positions go into the text.
 * @param parameters the statement's parameters so far; those of the filter are appended
 */
export function filterConditions(filter: PassageFilter, parameters: unknown[]): string[] {
  const place = (value: unknown) => `$${parameters.push(value)}`;
  const conditions: string[] = [];
  if (filter.documentIds) conditions.push(`d.id = ANY(${place(filter.documentIds)}::uuid[])`);
  if (filter.externalIds) conditions.push(`d.external_id = ANY(${place(filter.externalIds)}::text[])`);

  for (const [key, given] of Object.entries(filter.metadata ?? {})) {
    const condition: MetadataCondition = given !== null && typeof given === 'object' ? given : { eq: given };
    const equals = (value: MetadataValue) =>
      `d.metadata @> ${place(JSON.stringify({ [key]: value }))}::jsonb`;
    if (condition.eq !== undefined) conditions.push(equals(condition.eq));
    if (condition.in)
      conditions.push(condition.in.length ? `(${condition.in.map(equals).join(' OR ')})` : 'false');
    if (condition.exists !== undefined)
      conditions.push(`${condition.exists ? '' : 'NOT '}jsonb_exists(d.metadata, ${place(key)})`);
    for (const [bound, operator] of Object.entries(BOUNDS)) {
      const value = condition[bound as keyof typeof BOUNDS];
      if (value === undefined) continue;
      const [type, cast] = typeof value === 'number' ? ['number', 'numeric'] : ['string', 'text'];
      const field = place(key);
      // CASE keeps the cast from values of another type; COLLATE makes the order of strings that of their code points.
      conditions.push(
        `CASE WHEN jsonb_typeof(d.metadata -> ${field}) = '${type}'
              THEN (d.metadata ->> ${field})::${cast}${cast === 'text' ? ' COLLATE "C"' : ''} ${operator} ${place(value)}::${cast}
              ELSE false END`,
      );
    }
  }
  return conditions;
}

/** The filter as JSON in which order of keys and of list members is no difference: a part of the cache scope. */
export function canonicalFilter(filter: PassageFilter): string {
  return JSON.stringify(filter, (_key, value: unknown) => {
    if (Array.isArray(value))
      return [...new Set(value)].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    if (value !== null && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    return value;
  });
}
