import type { Sql } from './corpus-database';

/** What chunks that came and went change in the statistics of their collection. */
export interface TermChanges {
  /** More chunks, or fewer if negative. */
  chunks: number;
  /** More occurrences of indexed words, or fewer. */
  length: number;
  /** In how many more chunks, or fewer, a word occurs; only words for which that changes. */
  terms: { lexeme: string; change: number }[];
}

/** Occurrences of indexed words in a tsvector: what BM25 takes for the length of a text. */
export const searchLengthOf = (search: string): string =>
  `(SELECT coalesce(sum(cardinality(term.positions)), 0)::integer FROM unnest(${search}) AS term)`;

/**
 * A SELECT of one row, one column `term_changes`: the {@link TermChanges} of chunks that came and went.
 * @param signed a query of `sign` (1 or -1), `search` and `search_length`, a row for each of them
 */
export const selectTermChanges = (signed: string): string => `
  SELECT json_build_object(
    'chunks', (SELECT coalesce(sum(sign), 0) FROM (${signed}) AS s),
    'length', (SELECT coalesce(sum(sign * search_length), 0) FROM (${signed}) AS s),
    'terms', (SELECT coalesce(json_agg(json_build_object('lexeme', lexeme, 'change', change)), '[]')
              FROM (SELECT term.lexeme, sum(s.sign) AS change
                    FROM (${signed}) AS s, unnest(s.search) AS term
                    GROUP BY term.lexeme
                    HAVING sum(s.sign) <> 0) AS changed)) AS term_changes`;

/**
 * Keeps the statistics of a collection up to date, within the transaction that changes its chunks. The caller holds
 * the collection's row (it has counted the epoch), so two of these never wait for each other's words.
 */
export async function applyTermChanges(
  sql: Sql,
  tenantId: string,
  collectionId: string,
  { chunks, length, terms }: TermChanges,
): Promise<void> {
  if (chunks === 0 && length === 0 && terms.length === 0) return;
  await sql(
    `UPDATE collection SET chunk_count = chunk_count + $3, search_length = search_length + $4
     WHERE tenant_id = $1 AND id = $2`,
    [tenantId, collectionId, chunks, length],
  );
  await sql(
    `INSERT INTO term_statistics AS t (tenant_id, collection_id, lexeme, chunk_count)
     SELECT $1, $2, c.lexeme, c.change
     FROM json_to_recordset($3::json) AS c (lexeme text, change integer)
     ON CONFLICT (collection_id, lexeme) DO UPDATE SET chunk_count = t.chunk_count + excluded.chunk_count`,
    [tenantId, collectionId, JSON.stringify(terms)],
  );
  const rarer = terms.filter(({ change }) => change < 0).map(({ lexeme }) => lexeme);
  if (rarer.length > 0)
    await sql(
      `DELETE FROM term_statistics
       WHERE tenant_id = $1 AND collection_id = $2 AND lexeme = ANY($3::text[]) AND chunk_count <= 0`,
      [tenantId, collectionId, rarer],
    );
}
