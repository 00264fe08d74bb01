import { Injectable } from '@nestjs/common';
import { CorpusDatabase, type Sql } from './corpus-database';
import type { VectorTable, VersionRef, VersionStatus } from './document';
import { PLANNED_CHUNKS } from './planned-chunks';
import { applyTermChanges, searchLengthOf, selectTermChanges, type TermChanges } from './term-statistics';
import { dropStaged } from './version-store';

/** What became of a version that was to be published. */
export type Publication =
  | {
      outcome: 'published';
      /** The collection's epoch from this change on; a decimal bigint. */
      epoch: string;
      /** Whether an older version was searchable before. */
      replaced: boolean;
      /** When the version was accepted. */
      acceptedAt: Date;
      chunks: { kept: number; inserted: number; removed: number };
    }
  /**
   * Chunks lack their vector in the active space, or it is not that any more (`missing` is 0): the embed step is to be
   * done again. Nothing was changed.
   */
  | { outcome: 'incomplete'; missing: number }
  /** The version is not on its way any more: published already, overtaken, failed or deleted. */
  | { outcome: 'dropped'; status: VersionStatus };

/** Makes a version what readers see. */
@Injectable()
export class VersionPublisher {
  constructor(private readonly database: CorpusDatabase) {}

  /**
   * Swaps a document's chunks for the staged ones in one transaction: readers see the old version or the new one.
   * Chunks that are equal in both are kept, with their vectors. The collection's epoch is counted last, so that
   * publications of one collection wait for each other as briefly as can be.
   * @param active where every chunk must have its vector
   * @param tables every table that holds vectors
   * @param staysActive whether `active` still is what questions are asked of, and stays so until the transaction ends
   */
  publish(
    ref: VersionRef,
    active: VectorTable,
    tables: readonly VectorTable[],
    staysActive: (sql: Sql) => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<Publication> {
    return this.database.transaction(async (sql): Promise<Publication> => {
      const document = await lockDocument(sql, ref);
      if (document === null) return { outcome: 'dropped', status: 'deleted' };
      const version = await lockVersion(sql, ref);
      if (version.status !== 'embedding') return { outcome: 'dropped', status: version.status };
      if (!(await staysActive(sql))) return { outcome: 'incomplete', missing: 0 };
      const missing = await countMissing(sql, ref, active);
      if (missing > 0) return { outcome: 'incomplete', missing };

      const { terms, ...chunks } = await swapChunks(sql, ref);
      await dropStaged(sql, ref, tables);
      await setSearchable(sql, ref);
      const { collectionId, epoch } = await countEpoch(sql, ref);
      await applyTermChanges(sql, ref.tenantId, collectionId, terms);
      return {
        outcome: 'published',
        epoch,
        replaced: document.searchable_version !== null,
        acceptedAt: version.created_at,
        chunks,
      };
    });
  }
}

async function lockDocument(
  sql: Sql,
  { tenantId, documentId }: VersionRef,
): Promise<{ searchable_version: number | null } | null> {
  const rows = await sql<{ searchable_version: number | null }>(
    `SELECT searchable_version FROM document WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
    [tenantId, documentId],
  );
  return rows[0] ?? null;
}

async function lockVersion(
  sql: Sql,
  { tenantId, documentId, version }: VersionRef,
): Promise<{ status: VersionStatus; created_at: Date }> {
  const rows = await sql<{ status: VersionStatus; created_at: Date }>(
    `SELECT status, created_at FROM document_version
     WHERE tenant_id = $1 AND document_id = $2 AND version = $3
     FOR UPDATE`,
    [tenantId, documentId, version],
  );
  return rows[0] ?? { status: 'deleted', created_at: new Date(0) };
}

async function countMissing(
  sql: Sql,
  { tenantId, documentId, version }: VersionRef,
  { table }: VectorTable,
): Promise<number> {
  const [{ missing }] = await sql<{ missing: number }>(
    `WITH ${PLANNED_CHUNKS}
     SELECT count(*)::integer AS missing
     FROM planned p
     WHERE NOT EXISTS (SELECT 1 FROM ${table} e WHERE e.chunk_id = p.chunk_id)`,
    [tenantId, documentId, version],
  );
  return missing;
}

async function swapChunks(
  sql: Sql,
  { tenantId, documentId, version }: VersionRef,
): Promise<{ kept: number; inserted: number; removed: number; terms: TermChanges }> {
  const [{ term_changes: terms, ...counts }] = await sql<{
    kept: number;
    inserted: number;
    removed: number;
    term_changes: TermChanges;
  }>(
    `WITH ${PLANNED_CHUNKS},
     removed AS (
       DELETE FROM chunk c
       WHERE c.tenant_id = $1 AND c.document_id = $2
         AND c.id NOT IN (SELECT p.kept_id FROM planned p WHERE p.kept_id IS NOT NULL)
       RETURNING c.id, c.search, c.search_length),
     kept AS (
       UPDATE chunk c
       SET version = p.version, ordinal = p.ordinal, start_offset = p.start_offset, end_offset = p.end_offset,
           token_count = p.token_count, windows = p.windows,
           -- The very value that it has, else every index of the chunk would be written.
           search = CASE WHEN p.search = p.kept_search THEN c.search ELSE p.search END,
           search_length = ${searchLengthOf('p.search')}
       FROM planned p
       WHERE c.tenant_id = $1 AND c.id = p.kept_id
       RETURNING c.id),
     reworded AS (
       SELECT search, ${searchLengthOf('p.search')} AS search_length, kept_search, kept_search_length
       FROM planned p
       WHERE kept_id IS NOT NULL AND search <> kept_search),
     inserted AS (
       INSERT INTO chunk (id, tenant_id, collection_id, document_id, version, ordinal, start_offset, end_offset,
                          content, content_hash, heading_path, token_count, windows, search, search_length)
       SELECT p.id, p.tenant_id, d.collection_id, p.document_id, p.version, p.ordinal, p.start_offset,
              p.end_offset, p.content, p.content_hash, p.heading_path, p.token_count, p.windows, p.search,
              ${searchLengthOf('p.search')}
       FROM planned p
       JOIN document d ON d.tenant_id = $1 AND d.id = p.document_id
       WHERE p.kept_id IS NULL
       RETURNING id, search, search_length)
     SELECT (SELECT count(*) FROM kept)::integer AS kept,
            (SELECT count(*) FROM inserted)::integer AS inserted,
            (SELECT count(*) FROM removed)::integer AS removed,
            (${selectTermChanges(`
              SELECT 1 AS sign, search, search_length FROM inserted
              UNION ALL SELECT -1, search, search_length FROM removed
              UNION ALL SELECT 1, search, search_length FROM reworded
              UNION ALL SELECT -1, kept_search, kept_search_length FROM reworded`)}) AS term_changes`,
    [tenantId, documentId, version],
  );
  return { ...counts, terms };
}

async function setSearchable(sql: Sql, { tenantId, documentId, version }: VersionRef): Promise<void> {
  await sql(
    `UPDATE document_version
     SET status = CASE WHEN version = $3 THEN 'searchable' ELSE 'superseded' END,
         raw = CASE WHEN version = $3 THEN raw END,
         text = CASE WHEN version = $3 THEN text END,
         chunks_done = CASE WHEN version = $3 THEN chunks_total ELSE chunks_done END,
         updated_at = now()
     WHERE tenant_id = $1 AND document_id = $2
       AND (version = $3 OR (version < $3 AND status = 'searchable'))`,
    [tenantId, documentId, version],
  );
  await sql(
    `UPDATE document d
     SET searchable_version = v.version, title = v.title, mime_type = v.mime_type, metadata = v.metadata,
         acl = v.acl, last_modified = v.last_modified, updated_at = now()
     FROM document_version v
     WHERE d.tenant_id = $1 AND d.id = $2
       AND v.tenant_id = $1 AND v.document_id = $2 AND v.version = $3`,
    [tenantId, documentId, version],
  );
}

async function countEpoch(
  sql: Sql,
  { tenantId, documentId, version }: VersionRef,
): Promise<{ collectionId: string; epoch: string }> {
  const [{ id, epoch }] = await sql<{ id: string; epoch: string }>(
    `UPDATE collection c
     SET epoch = c.epoch + 1,
         languages = CASE WHEN v.language = ANY(c.languages) THEN c.languages ELSE c.languages || v.language END
     FROM document_version v
     WHERE v.tenant_id = $1 AND v.document_id = $2 AND v.version = $3
       AND c.tenant_id = $1 AND c.id = v.collection_id
     RETURNING c.id, c.epoch`,
    [tenantId, documentId, version],
  );
  await sql(
    `INSERT INTO collection_principal (collection_id, principal, tenant_id)
     SELECT d.collection_id, named.principal, $1
     FROM document d CROSS JOIN LATERAL unnest(d.acl) AS named (principal)
     WHERE d.tenant_id = $1 AND d.id = $2
     ON CONFLICT (collection_id, principal) DO NOTHING`,
    [tenantId, documentId],
  );
  return { collectionId: id, epoch };
}
