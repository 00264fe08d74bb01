import { Injectable } from '@nestjs/common';
import { isUuid } from '../common/ids';
import { NEXT_EPOCH } from './collection';
import { CorpusDatabase, type Sql } from './corpus-database';
import type { VersionRef } from './document';
import { documentNotFound } from './document-store';

/** An ACL of a document before and after a change; null: everyone of the tenant. */
export interface AclChange {
  before: string[] | null;
  after: string[] | null;
}

/** Changes who may read documents, without a new version of them. */
@Injectable()
export class DocumentAccess {
  constructor(private readonly database: CorpusDatabase) {}

  /**
   * Replaces the ACL of a document in one transaction that changes the epoch: readers find it in force from then on. It
   * holds for the versions on their way, and for a failed one that is tried again. Since no delivery said so, the next
   * delivery of the document makes a new version whatever it says.
   * @param acl principals that may read it; null: everyone of the tenant
   * @throws AppError `DOCUMENT_NOT_FOUND`, `DATABASE_UNAVAILABLE`
   */
  replaceAcl(tenantId: string, documentId: string, acl: string[] | null): Promise<AclChange> {
    return this.database.transaction(async (sql) => {
      const [document] = isUuid(documentId)
        ? await sql<{ collection_id: string; acl: string[] | null }>(
            `SELECT d.collection_id, CASE WHEN d.searchable_version IS NULL THEN v.acl ELSE d.acl END AS acl
             FROM document d
             JOIN document_version v
               ON v.tenant_id = $1 AND v.document_id = d.id AND v.version = d.latest_version
             WHERE d.tenant_id = $1 AND d.id = $2
             FOR UPDATE OF d`,
            [tenantId, documentId],
          )
        : [];
      if (document === undefined) throw documentNotFound(documentId);
      await sql(
        `UPDATE document SET acl = $3::text[], updated_at = now()
         WHERE tenant_id = $1 AND id = $2 AND searchable_version IS NOT NULL`,
        [tenantId, documentId, acl],
      );
      await sql(
        // Another hash for each version, as versions of the same hash count as equal.
        `UPDATE document_version SET acl = $3::text[], content_hash = 'acl replaced, version ' || version
         WHERE tenant_id = $1 AND document_id = $2
           AND status IN ('queued', 'chunking', 'embedding', 'searchable', 'failed', 'unchanged')`,
        [tenantId, documentId, acl],
      );
      await namePrincipals(sql, tenantId, [documentId]);
      await changeEpoch(sql, tenantId, document.collection_id);
      return { before: document.acl, after: acl };
    });
  }
}

/**
 * Takes from the searchable versions of documents, whose rows are locked, who may not read the versions that are about to
 * follow them: at once, as those may take long or fail. Who may read more will, once they are published. Only names are
 * compared: a user is not known to be of a group.
 * @param documents of one collection, with the ACLs to come
 * @returns the ids of those that fewer may read from now on
 */
export async function narrowAcls(
  sql: Sql,
  tenantId: string,
  collectionId: string,
  documents: readonly { documentId: string; acl: string[] | null }[],
): Promise<string[]> {
  const restricted = documents.filter(({ acl }) => acl !== null);
  if (restricted.length === 0) return [];
  const rows = await sql<{ id: string }>(
    `UPDATE document d
     SET acl = CASE WHEN d.acl IS NULL THEN i.acl
                    ELSE ARRAY(SELECT kept FROM unnest(d.acl) AS kept WHERE kept = ANY(i.acl)) END,
         updated_at = now()
     FROM json_to_recordset($2::json) AS i (id uuid, acl text[])
     WHERE d.tenant_id = $1 AND d.id = i.id AND d.searchable_version IS NOT NULL
       AND (d.acl IS NULL OR NOT d.acl <@ i.acl)
     RETURNING d.id`,
    [tenantId, JSON.stringify(restricted.map(({ documentId, acl }) => ({ id: documentId, acl })))],
  );
  const narrowed = rows.map(({ id }) => id);
  if (narrowed.length === 0) return [];
  await namePrincipals(sql, tenantId, narrowed);
  await changeEpoch(sql, tenantId, collectionId);
  return narrowed;
}

/**
 * Lets a version's ACL be that of its document, whose row is locked, where only its content is that of the searchable
 * version: one that was overtaken may have narrowed it.
 */
export async function applyAcl(sql: Sql, { tenantId, documentId, version }: VersionRef): Promise<void> {
  const changed = await sql<{ collection_id: string }>(
    `UPDATE document d SET acl = v.acl, updated_at = now()
     FROM document_version v
     WHERE d.tenant_id = $1 AND d.id = $2 AND v.tenant_id = $1 AND v.document_id = $2 AND v.version = $3
       AND d.acl IS DISTINCT FROM v.acl
     RETURNING d.collection_id`,
    [tenantId, documentId, version],
  );
  if (changed.length === 0) return;
  await namePrincipals(sql, tenantId, [documentId]);
  await changeEpoch(sql, tenantId, changed[0].collection_id);
}

/** Makes callers distinguishable by the principals that the ACLs of documents name, in the collections of these. */
export async function namePrincipals(
  sql: Sql,
  tenantId: string,
  documentIds: readonly string[],
): Promise<void> {
  await sql(
    `INSERT INTO collection_principal (collection_id, principal, tenant_id)
     SELECT DISTINCT d.collection_id, named.principal, d.tenant_id
     FROM document d CROSS JOIN LATERAL unnest(d.acl) AS named (principal)
     WHERE d.tenant_id = $1 AND d.id = ANY($2::uuid[])
     ON CONFLICT (collection_id, principal) DO NOTHING`,
    [tenantId, documentIds],
  );
}

/** To be the last statement but for little: all that change the collection wait for it. */
async function changeEpoch(sql: Sql, tenantId: string, collectionId: string): Promise<void> {
  await sql(`UPDATE collection SET epoch = ${NEXT_EPOCH} WHERE tenant_id = $1 AND id = $2`, [
    tenantId,
    collectionId,
  ]);
}
