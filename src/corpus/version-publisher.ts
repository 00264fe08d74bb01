import { Injectable } from '@nestjs/common';
import { TableMaintenance } from '../database/table-maintenance';
import { NEXT_EPOCH } from './collection';
import { CorpusDatabase, type Sql } from './corpus-database';
import { namePrincipals } from './document-access';
import {
  parametersOf,
  type VectorTable,
  type VectorTables,
  type VersionRef,
  type VersionStatus,
} from './document';
import { PLANNED_CHUNKS } from './planned-chunks';
import { applyTermChanges, searchLengthOf, selectTermChanges, type TermChanges } from './term-statistics';
import { removeStaged } from './version-store';

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

/** Makes versions what readers see. */
@Injectable()
export class VersionPublisher {
  constructor(
    private readonly database: CorpusDatabase,
    private readonly tables: TableMaintenance,
  ) {}

  /**
   * Swaps the chunks of documents for the staged ones in one transaction: readers see the old version or the new one.
   * Chunks that are equal in both are kept, with their vectors. The collections' epochs are counted last, once each, so
   * that publications of one collection wait for each other as briefly as can be. After a bulk the tables are analyzed.
   * @param refs of one tenant, no two of one document
   * @param active where every chunk must have its vector
   * @param staysActive whether `active` still is what questions are asked of, and stays so until the transaction ends
   * @returns what became of each, in their order
   */
  async publish(
    refs: readonly VersionRef[],
    active: VectorTable,
    tables: VectorTables,
    staysActive: (sql: Sql) => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<Publication[]> {
    const publications = await this.database.transaction(async (sql) => {
      const documents = await lockDocuments(sql, refs);
      const versions = await lockVersions(
        sql,
        refs.filter(({ documentId }) => documents.has(documentId)),
      );
      const ready = refs.filter(({ documentId }) => versions.get(documentId)?.status === 'embedding');
      const missing = await countMissing(sql, ready, active);
      const isActive = ready.length === 0 || (await staysActive(sql));
      const complete = isActive ? ready.filter(({ documentId }) => !missing.has(documentId)) : [];
      const published = await swap(sql, complete, documents, tables);
      return refs.map(({ documentId }): Publication => {
        const document = documents.get(documentId);
        const version = versions.get(documentId);
        const done = published.get(documentId);
        if (!document || !version) return { outcome: 'dropped', status: 'deleted' };
        if (!done)
          return version.status === 'embedding'
            ? { outcome: 'incomplete', missing: missing.get(documentId) ?? 0 }
            : { outcome: 'dropped', status: version.status };
        return {
          outcome: 'published',
          ...done,
          replaced: document.searchableVersion !== null,
          acceptedAt: version.createdAt,
        };
      });
    });
    await this.tables.rowsWritten(insertedBy(publications));
    return publications;
  }
}

function insertedBy(publications: readonly Publication[]): number {
  return publications.reduce(
    (sum, publication) => sum + (publication.outcome === 'published' ? publication.chunks.inserted : 0),
    0,
  );
}

interface LockedDocument {
  collectionId: string;
  searchableVersion: number | null;
}

interface LockedVersion {
  status: VersionStatus;
  createdAt: Date;
}

type ChunkCounts = { kept: number; inserted: number; removed: number };

/** In the order in which every caller locks several documents. */
async function lockDocuments(sql: Sql, refs: readonly VersionRef[]): Promise<Map<string, LockedDocument>> {
  const [tenantId, documentIds] = parametersOf(refs);
  const rows = await sql<{ id: string; collection_id: string; searchable_version: number | null }>(
    `SELECT id, collection_id, searchable_version FROM document
     WHERE tenant_id = $1 AND id = ANY($2::uuid[])
     ORDER BY external_id COLLATE "C"
     FOR UPDATE`,
    [tenantId, documentIds],
  );
  return new Map(
    rows.map((row) => [
      row.id,
      { collectionId: row.collection_id, searchableVersion: row.searchable_version },
    ]),
  );
}

async function lockVersions(sql: Sql, refs: readonly VersionRef[]): Promise<Map<string, LockedVersion>> {
  const rows = await sql<{ document_id: string; status: VersionStatus; created_at: Date }>(
    `SELECT v.document_id, v.status, v.created_at
     FROM unnest($2::uuid[], $3::integer[]) AS i (document_id, version)
     JOIN document_version v
       ON v.tenant_id = $1 AND v.document_id = i.document_id AND v.version = i.version
     ORDER BY v.document_id
     FOR UPDATE OF v`,
    parametersOf(refs),
  );
  return new Map(rows.map((row) => [row.document_id, { status: row.status, createdAt: row.created_at }]));
}

/** By document, of those that lack some. */
async function countMissing(
  sql: Sql,
  refs: readonly VersionRef[],
  { table }: VectorTable,
): Promise<Map<string, number>> {
  if (refs.length === 0) return new Map();
  const rows = await sql<{ document_id: string; missing: number }>(
    `WITH ${PLANNED_CHUNKS}
     SELECT p.document_id, count(*)::integer AS missing
     FROM planned p
     WHERE NOT EXISTS (SELECT 1 FROM ${table} e WHERE e.chunk_id = p.chunk_id)
     GROUP BY p.document_id`,
    parametersOf(refs),
  );
  return new Map(rows.map((row) => [row.document_id, row.missing]));
}

/** Publishes versions whose documents are locked, one collection after the other. */
async function swap(
  sql: Sql,
  refs: readonly VersionRef[],
  documents: ReadonlyMap<string, LockedDocument>,
  tables: VectorTables,
): Promise<Map<string, { epoch: string; chunks: ChunkCounts }>> {
  const byCollection = new Map<string, VersionRef[]>();
  for (const ref of refs) {
    const { collectionId } = documents.get(ref.documentId)!;
    byCollection.set(collectionId, [...(byCollection.get(collectionId) ?? []), ref]);
  }
  const published = new Map<string, { epoch: string; chunks: ChunkCounts }>();
  for (const [collectionId, group] of [...byCollection].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { terms, chunks } = await swapChunks(sql, group);
    await removeStaged(sql, group, tables);
    await setSearchable(sql, group);
    const epoch = await countEpoch(sql, collectionId, group);
    await applyTermChanges(sql, group[0].tenantId, collectionId, terms);
    for (const { documentId } of group)
      published.set(documentId, {
        epoch,
        chunks: chunks.get(documentId) ?? { kept: 0, inserted: 0, removed: 0 },
      });
  }
  return published;
}

async function swapChunks(
  sql: Sql,
  refs: readonly VersionRef[],
): Promise<{ chunks: ReadonlyMap<string, ChunkCounts>; terms: TermChanges }> {
  const [{ term_changes: terms, chunks }] = await sql<{
    chunks: ({ document_id: string } & ChunkCounts)[] | null;
    term_changes: TermChanges;
  }>(
    `WITH ${PLANNED_CHUNKS},
     removed AS (
       DELETE FROM chunk c
       WHERE c.tenant_id = $1 AND c.document_id = ANY($2::uuid[])
         AND c.id NOT IN (SELECT p.kept_id FROM planned p WHERE p.kept_id IS NOT NULL)
       RETURNING c.document_id, c.search, c.search_length),
     kept AS (
       UPDATE chunk c
       SET version = p.version, ordinal = p.ordinal, start_offset = p.start_offset, end_offset = p.end_offset,
           page = p.page, token_count = p.token_count, windows = p.windows,
           -- The very value that it has, else every index of the chunk would be written.
           search = CASE WHEN p.search = p.kept_search THEN c.search ELSE p.search END,
           search_length = ${searchLengthOf('p.search')}
       FROM planned p
       WHERE c.tenant_id = $1 AND c.id = p.kept_id
       RETURNING c.document_id),
     reworded AS (
       SELECT search, ${searchLengthOf('p.search')} AS search_length, kept_search, kept_search_length
       FROM planned p
       WHERE kept_id IS NOT NULL AND search <> kept_search),
     inserted AS (
       INSERT INTO chunk (id, tenant_id, collection_id, document_id, version, ordinal, start_offset, end_offset,
                          content, content_hash, heading_path, page, token_count, windows, search, search_length)
       SELECT p.id, p.tenant_id, d.collection_id, p.document_id, p.version, p.ordinal, p.start_offset,
              p.end_offset, p.content, p.content_hash, p.heading_path, p.page, p.token_count, p.windows,
              p.search, ${searchLengthOf('p.search')}
       FROM planned p
       JOIN document d ON d.tenant_id = $1 AND d.id = p.document_id
       WHERE p.kept_id IS NULL
       RETURNING document_id, search, search_length)
     SELECT (SELECT json_agg(counted)
             FROM (SELECT document_id, sum(kept)::integer AS kept, sum(inserted)::integer AS inserted,
                          sum(removed)::integer AS removed
                   FROM (SELECT document_id, 1 AS kept, 0 AS inserted, 0 AS removed FROM kept
                         UNION ALL SELECT document_id, 0, 1, 0 FROM inserted
                         UNION ALL SELECT document_id, 0, 0, 1 FROM removed) AS changed
                   GROUP BY document_id) AS counted) AS chunks,
            (${selectTermChanges(`
              SELECT 1 AS sign, search, search_length FROM inserted
              UNION ALL SELECT -1, search, search_length FROM removed
              UNION ALL SELECT 1, search, search_length FROM reworded
              UNION ALL SELECT -1, kept_search, kept_search_length FROM reworded`)}) AS term_changes`,
    parametersOf(refs),
  );
  return {
    chunks: new Map((chunks ?? []).map(({ document_id, ...counts }) => [document_id, counts])),
    terms,
  };
}

async function setSearchable(sql: Sql, refs: readonly VersionRef[]): Promise<void> {
  await sql(
    `UPDATE document_version v
     SET status = CASE WHEN v.version = i.version THEN 'searchable' ELSE 'superseded' END,
         raw = CASE WHEN v.version = i.version THEN v.raw END,
         text = CASE WHEN v.version = i.version THEN v.text END,
         chunks_done = CASE WHEN v.version = i.version THEN v.chunks_total ELSE v.chunks_done END,
         updated_at = now()
     FROM unnest($2::uuid[], $3::integer[]) AS i (document_id, version)
     WHERE v.tenant_id = $1 AND v.document_id = i.document_id
       AND (v.version = i.version OR (v.version < i.version AND v.status = 'searchable'))`,
    parametersOf(refs),
  );
  await sql(
    `UPDATE document d
     SET searchable_version = v.version, title = v.title, mime_type = v.mime_type, metadata = v.metadata,
         acl = v.acl, last_modified = v.last_modified, updated_at = now()
     FROM unnest($2::uuid[], $3::integer[]) AS i (document_id, version)
     JOIN document_version v ON v.tenant_id = $1 AND v.document_id = i.document_id AND v.version = i.version
     WHERE d.tenant_id = $1 AND d.id = i.document_id`,
    parametersOf(refs),
  );
}

/** @returns the collection's epoch from now on */
async function countEpoch(sql: Sql, collectionId: string, refs: readonly VersionRef[]): Promise<string> {
  const [tenantId, documentIds, versions] = parametersOf(refs);
  const [{ epoch }] = await sql<{ epoch: string }>(
    `UPDATE collection c
     SET epoch = ${NEXT_EPOCH},
         languages = c.languages || ARRAY(
           SELECT v.language
           FROM unnest($2::uuid[], $3::integer[]) AS i (document_id, version)
           JOIN document_version v ON v.tenant_id = $1 AND v.document_id = i.document_id AND v.version = i.version
           WHERE v.language <> ALL(c.languages)
           GROUP BY v.language)
     WHERE c.tenant_id = $1 AND c.id = $4
     RETURNING c.epoch`,
    [tenantId, documentIds, versions, collectionId],
  );
  await namePrincipals(sql, tenantId!, documentIds);
  return epoch;
}
