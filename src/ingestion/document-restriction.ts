import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import type { AcceptedDocument } from '../corpus/document';
import { DocumentAccess } from '../corpus/document-access';
import { InvalidationStream } from '../semantic-cache/invalidation-stream';

/**
 * Has cached answers purged that are built on documents whose ACL changed. Those are stale by the epoch in any case; but
 * what is served unverified while the database is unavailable is known by its presence alone.
 */
@Injectable()
export class DocumentRestriction {
  constructor(
    private readonly access: DocumentAccess,
    private readonly invalidations: InvalidationStream,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Replaces the ACL of a document, in force when it returns.
   * @param acl null: everyone of the tenant
   * @throws AppError `DOCUMENT_NOT_FOUND`, `DATABASE_UNAVAILABLE`
   */
  async replaceAcl(tenantId: string, documentId: string, acl: string[] | null): Promise<void> {
    await this.access.replaceAcl(tenantId, documentId, acl);
    await this.purge(tenantId, documentId);
  }

  /** Purges what is built on those of the documents that fewer may read than before. Never throws. */
  async purgeNarrowed(tenantId: string, documents: readonly AcceptedDocument[]): Promise<void> {
    const narrowed = documents.filter((document) => document.narrowed);
    await Promise.all(narrowed.map(({ documentId }) => this.purge(tenantId, documentId)));
  }

  private purge(tenantId: string, documentId: string): Promise<void> {
    const changedAtMs = this.clock.nowMs();
    return this.invalidations.emit({ tenantId, documentId, cause: 'document_changed', changedAtMs });
  }
}
