import { Injectable } from '@nestjs/common';
import { NEXT_EPOCH } from './collection';
import { CorpusDatabase } from './corpus-database';

/** Principals as ACLs and API keys name them. */
@Injectable()
export class PrincipalStore {
  constructor(private readonly database: CorpusDatabase) {}

  /**
   * Takes a principal out of every ACL and key of a tenant, in one transaction that counts the epoch of the collections
   * whose documents it could read. An ACL that named no other principal is left empty: then no caller reads its document. Versions
   * that are being published and keys that are being rotated at the same time lose the principal too.
   * @returns documents and keys that named it
   */
  remove(tenantId: string, principal: string): Promise<{ documents: number; apiKeys: number }> {
    return this.database.transaction(async (sql) => {
      // Locked in the order in which every caller locks several documents.
      const documents = await sql<{ id: string; collection_id: string }>(
        // Also those that a version on its way would let the principal read: its publication has ended, or waits.
        `SELECT id, collection_id FROM document d
         WHERE tenant_id = $1
           AND (acl @> ARRAY[$2] OR EXISTS (SELECT 1 FROM document_version v
                                            WHERE v.tenant_id = $1 AND v.document_id = d.id AND v.acl @> ARRAY[$2]))
         ORDER BY external_id COLLATE "C"
         FOR UPDATE`,
        [tenantId, principal],
      );
      const versions = await sql<{ document_id: string }>(
        `UPDATE document_version SET acl = array_remove(acl, $2)
         WHERE tenant_id = $1 AND acl @> ARRAY[$2]
         RETURNING document_id`,
        [tenantId, principal],
      );
      await sql(
        `UPDATE document SET acl = array_remove(acl, $2), updated_at = now()
         WHERE tenant_id = $1 AND id = ANY($3::uuid[])`,
        [tenantId, principal, documents.map(({ id }) => id)],
      );
      for (const collectionId of [...new Set(documents.map((document) => document.collection_id))].sort())
        await sql(`UPDATE collection SET epoch = ${NEXT_EPOCH} WHERE tenant_id = $1 AND id = $2`, [
          tenantId,
          collectionId,
        ]);
      await sql(`DELETE FROM collection_principal WHERE tenant_id = $1 AND principal = $2`, [
        tenantId,
        principal,
      ]);
      const isNamed = '(principals @> ARRAY[$2] OR may_act_as @> ARRAY[$3])';
      const parameters = [tenantId, principal, principal.replace(/^user:/, '')];
      // A rotation has ended afterwards, so that the next statement sees the key that it made, or waits.
      await sql(
        `SELECT id FROM api_key WHERE tenant_id = $1 AND ${isNamed} ORDER BY id FOR UPDATE`,
        parameters,
      );
      const keys = await sql(
        `UPDATE api_key SET principals = array_remove(principals, $2), may_act_as = array_remove(may_act_as, $3)
         WHERE tenant_id = $1 AND ${isNamed}
         RETURNING id`,
        parameters,
      );
      const named = new Set([
        ...documents.map(({ id }) => id),
        ...versions.map(({ document_id }) => document_id),
      ]);
      return { documents: named.size, apiKeys: keys.length };
    });
  }
}
