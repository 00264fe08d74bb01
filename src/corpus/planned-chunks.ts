/**
 * Common table expressions over `$1` tenant, `$2` documents, `$3` their versions, in the same order. `planned` holds the
 * versions' staged chunks, each with the id of the live chunk that is kept in its place (`kept_id`: the one of equal
 * content under equal headings; of several equal ones the first for the first, and so on) and what that is found by
 * (`kept_search`), and the id it will have as a chunk (`chunk_id`).
 */
export const PLANNED_CHUNKS = `
  live AS (
    SELECT id, document_id, content_hash, heading_path, search, search_length,
           row_number() OVER (PARTITION BY document_id, content_hash, heading_path ORDER BY ordinal) AS nth
    FROM chunk
    WHERE tenant_id = $1 AND document_id = ANY($2::uuid[])),
  staged AS (
    SELECT s.*,
           row_number() OVER (PARTITION BY s.document_id, s.content_hash, s.heading_path ORDER BY s.ordinal) AS nth
    FROM unnest($2::uuid[], $3::integer[]) AS wanted (document_id, version)
    JOIN staged_chunk s
      ON s.tenant_id = $1 AND s.document_id = wanted.document_id AND s.version = wanted.version),
  planned AS (
    SELECT staged.*, live.id AS kept_id, coalesce(live.id, staged.id) AS chunk_id,
           live.search AS kept_search, live.search_length AS kept_search_length
    FROM staged
    LEFT JOIN live
      ON live.document_id = staged.document_id AND live.content_hash = staged.content_hash
         AND live.heading_path = staged.heading_path AND live.nth = staged.nth)`;
