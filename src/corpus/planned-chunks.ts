/**
 * Common table expressions over `$1` tenant, `$2` document, `$3` version. `planned` holds the version's staged chunks,
 * each with the id of the live chunk that is kept in its place (`kept_id`: the one of equal content under equal headings;
 * of several equal ones the first for the first, and so on) and what that is found by (`kept_search`), and the id it will have as a chunk (`chunk_id`).
 */
export const PLANNED_CHUNKS = `
  live AS (
    SELECT id, content_hash, heading_path, search, search_length,
           row_number() OVER (PARTITION BY content_hash, heading_path ORDER BY ordinal) AS nth
    FROM chunk
    WHERE tenant_id = $1 AND document_id = $2),
  staged AS (
    SELECT *, row_number() OVER (PARTITION BY content_hash, heading_path ORDER BY ordinal) AS nth
    FROM staged_chunk
    WHERE tenant_id = $1 AND document_id = $2 AND version = $3),
  planned AS (
    SELECT staged.*, live.id AS kept_id, coalesce(live.id, staged.id) AS chunk_id,
           live.search AS kept_search, live.search_length AS kept_search_length
    FROM staged
    LEFT JOIN live
      ON live.content_hash = staged.content_hash AND live.heading_path = staged.heading_path
         AND live.nth = staged.nth)`;
