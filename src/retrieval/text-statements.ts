import { detectLanguage } from '../text-analysis/search-language';
import { separateWords } from '../text-analysis/unspaced-scripts';
import { toPgVectorBytes } from '../common/vector';
import { cosineDistance } from '../database/vector-index';
import { bm25Sql, frequencySql, lengthNormSql, type QueryTerm, tsqueryOperand } from './bm25';
import { candidateQuery, planCandidates } from './candidate-plan';
import { filterConditions } from './passage-filter';
import type { SearchedSpace, Statement } from './search-plan';
import type { SearchRequest } from './search-request';

/** About how many chunks are fetched and scored per question. */
export const CANDIDATE_BUDGET = 2500;
/** However common its words, a question costs no more than this many. */
const MAX_CANDIDATES = 10_000;
/**
 * What the words of a chunk's neighbours count, by how far behind or before it they are. Those before count more: they
 * name what a chunk calls "it".
 */
const NEIGHBOUR_SHARES: readonly [step: number, share: number][] = [
  [-2, 0.2],
  [-1, 0.4],
  [0, 1],
  [1, 0.3],
];
/** Keys of the index are cut there: migration `text-search`. */
const MAX_KEY_CHARACTERS = 200;

/** A word of the question, as the collection knows it. */
export interface TermRow {
  lexeme: string;
  /** Its positions in the question. */
  positions: number[];
  /** null: no chunk of the collection holds it. */
  chunk_count: number | null;
  collection_chunks: string;
  average_length: number;
}

/** A chunk with its score; `similarity` is null without a question's vector. */
export interface TextRow {
  id: string;
  score: number;
  similarity: number | null;
}

/** A question's vector, and where those of the chunks are. */
export interface SimilarityTarget {
  space: SearchedSpace;
  /** L2-normalised, of the space's dimensions. */
  vector: Float32Array;
}

/** What the statement needs to know of the collection to score its chunks. */
export interface TextScoring {
  /** Rarest first; at least one. */
  terms: readonly QueryTerm[];
  collectionChunks: number;
  /** Of a chunk, in occurrences of indexed words. */
  averageLength: number;
}

/**
 * The question's words, rarest first, those that no chunk holds at the end. Each is stemmed by every language of the
 * collection, but for the stop words of the question's own.
 */
export function termsStatement(question: string, { tenantId, collectionId }: SearchRequest): Statement {
  const text = `
    SELECT asked.lexeme, asked.positions, known.chunk_count, c.chunk_count AS collection_chunks,
           c.search_length::float8 / greatest(c.chunk_count, 1) AS average_length
    FROM collection c
    CROSS JOIN LATERAL (
      SELECT word.lexeme, max(word.positions) AS positions
      FROM unnest(c.languages) AS spoken (language)
      CROSS JOIN LATERAL unnest(to_tsvector(spoken.language::regconfig, $1)) AS word
      WHERE word.positions && ARRAY(
        SELECT unnest(own.positions) FROM unnest(to_tsvector(coalesce($4, c.languages[1])::regconfig, $1)) AS own)
      GROUP BY word.lexeme) AS asked
    LEFT JOIN term_statistics known
      ON known.tenant_id = $2 AND known.collection_id = c.id AND known.lexeme = asked.lexeme COLLATE "C"
    WHERE c.tenant_id = $2 AND c.id = $3
    ORDER BY known.chunk_count, asked.lexeme`;
  return { text, values: [separateWords(question), tenantId, collectionId, detectLanguage(question)] };
}

/**
 * The best chunks of those that the index finds by their words.
 * @param limit hits wanted
 * @param target what similarities are computed to
 */
export function wordsStatement(
  request: SearchRequest,
  scoring: TextScoring,
  limit: number,
  target: SimilarityTarget | null,
): Statement {
  const { values, place } = parametersOf(request);
  const plan = planCandidates(scoring.terms, scoring.collectionChunks, CANDIDATE_BUDGET);
  const keys = candidateQuery(plan, (lexeme) =>
    tsqueryOperand(`${request.collectionId} ${[...lexeme].slice(0, MAX_KEY_CHARACTERS).join('')}`),
  );
  const conditions = filterConditions(request.filter, values);
  // The keys hold the collection: IS TRUE keeps the planner from reading all of it by another index as well.
  const candidates = `
      SELECT c.id, c.document_id, c.ordinal, c.search, c.search_length
      FROM chunk c
      ${conditions.length > 0 ? 'JOIN document d ON d.id = c.document_id AND d.tenant_id = $1' : ''}
      WHERE search_keys(c.collection_id, c.search) @@ ${place(keys)}::tsquery
        AND (c.tenant_id = $1) IS TRUE AND (c.collection_id = $2) IS TRUE
        AND ${[READABLE, ...conditions].join('\n        AND ')}
      LIMIT ${MAX_CANDIDATES}`;
  const text = `
    WITH ${hitsOf(candidates, scoring, limit, target, place)}
    SELECT hit.* FROM hit ORDER BY hit.score DESC, hit.id`;
  return { text, values };
}

/**
 * The best of all chunks that pass the filter, if they are at most {@link CANDIDATE_BUDGET}; of more none is scored.
 * @returns a statement whose rows also have `matching`: the number of chunks that pass, one above the budget at
 *   most; without hits there is one row, all else null
 */
export function filteredStatement(
  request: SearchRequest,
  scoring: TextScoring,
  limit: number,
  target: SimilarityTarget | null,
): Statement {
  const { values, place } = parametersOf(request);
  const anyWord = place(scoring.terms.map(({ lexeme }) => tsqueryOperand(lexeme)).join(' | '));
  const candidates = `
      SELECT c.id, c.document_id, c.ordinal, c.search, c.search_length
      FROM size, matching JOIN chunk c ON c.id = matching.id
      WHERE size.matching <= ${CANDIDATE_BUDGET} AND c.search @@ ${anyWord}::tsquery`;
  const text = `
    WITH matching AS MATERIALIZED (
      SELECT c.id
      FROM document d JOIN chunk c ON c.document_id = d.id
      WHERE c.tenant_id = $1 AND c.collection_id = $2 AND d.tenant_id = $1 AND d.collection_id = $2
        AND ${[READABLE, ...filterConditions(request.filter, values)].join('\n        AND ')}
      LIMIT ${CANDIDATE_BUDGET + 1}),
    size AS MATERIALIZED (SELECT count(*)::integer AS matching FROM matching),
    ${hitsOf(candidates, scoring, limit, target, place)}
    SELECT size.matching, hit.* FROM size LEFT JOIN hit ON true ORDER BY hit.score DESC, hit.id`;
  return { text, values };
}

/** What a chunk `c` must fulfil to be shown to the request's principals. */
const READABLE = `NOT EXISTS (
          SELECT FROM document hidden
          WHERE hidden.id = c.document_id AND hidden.collection_id = $2
            AND hidden.acl IS NOT NULL AND NOT hidden.acl && $3::text[])`;

/** $1 tenant, $2 collection, $3 principals. */
function parametersOf({ tenantId, collectionId, principals }: SearchRequest) {
  const values: unknown[] = [tenantId, collectionId, principals];
  return { values, place: (value: unknown) => `$${values.push(value)}` };
}

/**
 * Common table expressions, the last of them `hit` ({@link TextRow}): the best candidates by their own words, then
 * scored with those of the chunks before and after. What a chunk says of "it" is often found by the chunk before.
 */
function hitsOf(
  candidates: string,
  { terms, averageLength }: TextScoring,
  limit: number,
  target: SimilarityTarget | null,
  place: (value: unknown) => string,
): string {
  const average = place(Math.max(1, averageLength));
  const words = terms.map(({ lexeme, weight }, i) => ({
    weight: place(weight),
    frequency: `f${i}`,
    count: frequencySql('c.search', `${place(tsqueryOperand(lexeme))}::tsquery`),
  }));
  const each = (sql: (word: (typeof words)[number]) => string) => words.map(sql).join(',\n             ');
  const shares = NEIGHBOUR_SHARES.map(([step, share]) => `(${step}, ${share}::float8)`).join(', ');
  const similarity = target
    ? `1 - (${cosineDistance('e.embedding', place(toPgVectorBytes(target.vector)), target.space)})`
    : 'NULL::float8';
  const vectors = target
    ? `LEFT JOIN ${target.space.table} e ON e.chunk_id = around.id AND e.tenant_id = $1`
    : '';
  return `
    candidate AS (${candidates}),
    best AS MATERIALIZED (
      SELECT alone.id, alone.document_id, alone.ordinal
      FROM (
        SELECT c.id, c.document_id, c.ordinal, ${lengthNormSql('c.search_length', average)} AS norm,
             ${each(({ count, frequency }) => `${count} AS ${frequency}`)}
        FROM candidate c) AS alone
      ORDER BY ${bm25Sql(words, 'norm')} DESC, alone.id
      LIMIT ${place(limit)}),
    place AS MATERIALIZED (
      SELECT c.id, c.document_id, c.ordinal
      FROM chunk c
      WHERE (c.tenant_id = $1) IS TRUE AND c.document_id IN (SELECT best.document_id FROM best)),
    around AS MATERIALIZED (
      SELECT best.id, ${lengthNormSql('sum(neighbour.share * c.search_length)', average)} AS norm,
             ${each(({ count, frequency }) => `sum(neighbour.share * ${count}) AS ${frequency}`)}
      FROM best
      CROSS JOIN (VALUES ${shares}) AS neighbour (step, share)
      JOIN place ON place.document_id = best.document_id AND place.ordinal = best.ordinal + neighbour.step
      JOIN chunk c ON c.id = place.id
      GROUP BY best.id),
    hit AS (
      SELECT around.id, ${bm25Sql(words, 'around.norm')} AS score, ${similarity} AS similarity
      FROM around ${vectors})`;
}
