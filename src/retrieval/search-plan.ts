import { toPgVectorBytes } from '../common/vector';
import { cosineDistance, scanSettings, type VectorTable } from '../database/vector-index';
import { filterConditions } from './passage-filter';
import type { SearchRequest } from './search-request';

/** A statement with its parameters, as `pg` and TypeORM take them. */
export interface Statement {
  text: string;
  values: unknown[];
}

/** Where the vectors are: what {@link SearchRequest} is asked of. */
export type SearchedSpace = VectorTable;

/** How the index is walked. */
export interface IndexScan {
  /** Neighbours looked at per round, 1 to 1,000. */
  efSearch: number;
  /** Index entries after which the walk is given up, however few of them passed the filter. */
  maxScanTuples: number;
}

/** One row of either statement; `chunk_id` and `distance` are null in the only row of an empty exact search. */
export interface SearchRow {
  chunk_id: string | null;
  distance: number | null;
}

/** Cosine similarities of a sample; null where it is empty. */
export interface BackgroundRow {
  count: number;
  mean: number | null;
  deviation: number | null;
}

/** Below this many chunks an exact scan takes a few milliseconds, whatever the index would take. */
const LEAST_EXACT_CHUNKS = 2000;
/** Above this many chunks an exact scan takes longer than a question should wait, if the index can answer. */
const MOST_EXACT_CHUNKS = 20_000;
/** What one index entry costs, in chunks of an exact scan: distances to its neighbours, and the filter. */
const COST_OF_AN_ENTRY = 4;
/** pgvector's own default; a walk that comes so far without enough results is cheaper done exactly. */
const LEAST_SCAN_TUPLES = 20_000;

/**
 * Up to how many matching chunks all are compared instead of asking the index. The index has to look at about
 * `limit · rows / matching` entries until `limit` of them pass, the exact scan at `matching` chunks: they cost the
 * same where `matching² = cost · limit · rows`.
 * @param limit hits wanted, ≥ 1
 * @param rows vectors in the space's table, of all tenants and collections
 */
export function exactUpTo(limit: number, rows: number): number {
  const even = Math.sqrt(COST_OF_AN_ENTRY * limit * Math.max(rows, 0));
  return Math.ceil(Math.min(Math.max(even, LEAST_EXACT_CHUNKS), MOST_EXACT_CHUNKS));
}

/** How far an index walk may go before an exact scan of what matches (more than {@link exactUpTo}) is the better way. */
export function scanBudget(limit: number, rows: number): number {
  return Math.max(LEAST_SCAN_TUPLES, 8 * exactUpTo(limit, rows));
}

/**
 * The nearest neighbours by walking the index until `limit` of its entries pass the filter (pgvector 0.8's
 * iterative scan). May find fewer when the walk is given up.
 * The settings hold for this statement only and cost no round trip of their own. Results come a little out of order and are
 * sorted at the end.
 * @param vector L2-normalised, of the space's dimensions
 */
export function indexStatement(
  space: SearchedSpace,
  vector: Float32Array,
  request: SearchRequest,
  limit: number,
  scan: IndexScan,
): Statement {
  const values = commonValues(vector, request, limit);
  values.push(String(scan.efSearch), String(scan.maxScanTuples));
  const settings = scanSettings('$6', '$7');
  const distance = distanceTo(space);
  // OFFSET 0 keeps the planner from turning the filter into a join, for which it might leave the index.
  const text = `
    WITH settings AS MATERIALIZED (
      ${settings.select})
    SELECT nearest.chunk_id, nearest.distance
    FROM settings CROSS JOIN LATERAL (
      SELECT e.chunk_id, ${distance} AS distance
      FROM ${space.table} e
      WHERE ${settings.areMade}
        AND e.tenant_id = $2 AND e.collection_id = $3
        AND EXISTS (
          SELECT FROM chunk c JOIN document d ON d.id = c.document_id
          WHERE c.id = e.chunk_id AND ${readable(request, values)}
          OFFSET 0)
      ORDER BY ${distance}
      LIMIT $5) AS nearest
    ORDER BY nearest.distance, nearest.chunk_id`;
  return { text, values };
}

/**
 * The nearest neighbours by comparing every chunk that passes the filter; never asks the index.
 * @param atMost with more matching chunks than this nothing is compared; null compares all, however many
 * @returns a statement whose rows also have `matching`: the number of matching chunks, `atMost + 1` at most;
 *   there is always a row
 */
export function exactStatement(
  space: SearchedSpace,
  vector: Float32Array,
  request: SearchRequest,
  limit: number,
  atMost: number | null,
): Statement {
  const values = commonValues(vector, request, limit);
  const bound = atMost === null ? null : `$${values.push(atMost + 1)}::integer`;
  // An expression over the operator is not what the index is ordered by.
  const distance = `(${distanceTo(space)}) + 0`;
  // A few chunks are looked up one by one, whatever the planner makes of the filter (OFFSET 0).
  const vectors = bound
    ? `CROSS JOIN LATERAL (
         SELECT v.embedding FROM ${space.table} v
         WHERE v.chunk_id = matching.chunk_id AND v.tenant_id = $2 AND v.collection_id = $3 OFFSET 0) AS e`
    : `JOIN ${space.table} e ON e.chunk_id = matching.chunk_id AND e.tenant_id = $2 AND e.collection_id = $3`;
  const text = `
    WITH matching AS MATERIALIZED (
      SELECT c.id AS chunk_id
      FROM document d JOIN chunk c ON c.document_id = d.id
      WHERE ${readable(request, values)}
      ${bound ? `LIMIT ${bound}` : ''}),
    size AS MATERIALIZED (SELECT count(*)::integer AS matching FROM matching)
    SELECT size.matching, nearest.chunk_id, nearest.distance
    FROM size LEFT JOIN LATERAL (
      SELECT matching.chunk_id, ${distance} AS distance
      FROM matching ${vectors}
      ${bound ? `WHERE size.matching < ${bound}` : ''}
      ORDER BY distance
      LIMIT $5) AS nearest ON true
    ORDER BY nearest.distance, nearest.chunk_id`;
  return { text, values };
}

/**
 * The nearest neighbours among all chunks of a collection that is known to be small: its vectors are read in one go instead
 * of one by one. As exact as {@link exactStatement}, but slow where the collection has become large.
 */
export function wholeStatement(
  space: SearchedSpace,
  vector: Float32Array,
  request: SearchRequest,
  limit: number,
): Statement {
  const values = commonValues(vector, request, limit);
  const text = `
    SELECT e.chunk_id, (${distanceTo(space)}) + 0 AS distance
    FROM ${space.table} e JOIN chunk c ON c.id = e.chunk_id JOIN document d ON d.id = c.document_id
    WHERE e.tenant_id = $2 AND e.collection_id = $3
      AND ${readable(request, values)}
    ORDER BY distance, e.chunk_id
    LIMIT $5`;
  return { text, values };
}

/**
 * How similar the question is to chunks of the collection that have nothing to do with it: to those of the smallest
 * ids, which are random, so it is a sample; the same for all until the collection changes.
 * @param size chunks of the sample, at most
 * @returns a statement of one row {@link BackgroundRow}
 */
export function backgroundStatement(
  space: SearchedSpace,
  vector: Float32Array,
  { tenantId, collectionId }: SearchRequest,
  size: number,
): Statement {
  const text = `
    SELECT count(*)::integer AS count, avg(similarity) AS mean, stddev_pop(similarity) AS deviation
    FROM (SELECT 1 - (${distanceTo(space)}) AS similarity
          FROM ${space.table} e
          WHERE e.collection_id = $3 AND (e.tenant_id = $2) IS TRUE
          ORDER BY e.chunk_id
          LIMIT $4) AS sample`;
  return { text, values: [toPgVectorBytes(vector), tenantId, collectionId, size] };
}

/** $1 vector, $2 tenant, $3 collection, $4 principals, $5 limit. */
function commonValues(vector: Float32Array, request: SearchRequest, limit: number): unknown[] {
  return [toPgVectorBytes(vector), request.tenantId, request.collectionId, request.principals, limit];
}

function distanceTo(space: SearchedSpace): string {
  return cosineDistance('e.embedding', '$1', space);
}

/** What a chunk `c` of a document `d` must fulfil to be shown. Values of the filter are appended. */
function readable(request: SearchRequest, values: unknown[]): string {
  return [
    'c.tenant_id = $2 AND c.collection_id = $3 AND d.tenant_id = $2 AND d.collection_id = $3',
    '(d.acl IS NULL OR d.acl && $4::text[])',
    ...filterConditions(request.filter, values),
  ].join('\n            AND ');
}
