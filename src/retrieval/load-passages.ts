import type { Queryable } from '../database/read-replicas';
import type { FusedHit } from './rank-fusion';
import type { Passage } from './passage';
import type { SearchRequest } from './search-request';

interface PassageRow {
  id: string;
  document_id: string;
  external_id: string;
  version: number;
  title: string | null;
  ordinal: number;
  start_offset: number;
  end_offset: number;
  heading_path: string[];
  page: string | null;
  language: string | null;
  content: string;
  content_hash: string;
  last_modified: Date;
}

/**
 * @returns the passages that still exist and may still be read, in the order of the hits: all of one moment (one
 *   statement)
 */
export async function loadPassages(
  database: Queryable,
  { tenantId, principals }: Pick<SearchRequest, 'tenantId' | 'principals'>,
  hits: readonly FusedHit[],
): Promise<Passage[]> {
  if (hits.length === 0) return [];
  const rows = await database.query<PassageRow>(
    `SELECT c.id, c.document_id, d.external_id, c.version, d.title, c.ordinal, c.start_offset, c.end_offset,
              c.heading_path, c.page, v.language, c.content, c.content_hash, coalesce(d.last_modified, d.updated_at) AS last_modified
       FROM chunk c
       JOIN document d ON d.id = c.document_id
       LEFT JOIN document_version v ON v.document_id = c.document_id AND v.version = c.version
       WHERE c.tenant_id = $1 AND c.id = ANY($2::uuid[]) AND (d.acl IS NULL OR d.acl && $3::text[])`,
    [tenantId, hits.map(({ chunkId }) => chunkId), principals],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return hits.flatMap((hit) => {
    const row = byId.get(hit.chunkId);
    return row ? [toPassage(row, hit)] : [];
  });
}

function toPassage(row: PassageRow, hit: FusedHit): Passage {
  return {
    chunkId: row.id,
    documentId: row.document_id,
    externalId: row.external_id,
    version: row.version,
    title: row.title,
    ordinal: row.ordinal,
    start: row.start_offset,
    end: row.end_offset,
    headingPath: row.heading_path,
    page: row.page,
    language: row.language ?? 'simple',
    content: row.content,
    contentHash: row.content_hash,
    lastModified: row.last_modified,
    score: hit.score,
    vectorScore: hit.vectorScore,
    textScore: hit.textScore,
    vectorWeight: hit.vectorWeight,
    rerankScore: null,
  };
}
