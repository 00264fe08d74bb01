import { Injectable, Logger } from '@nestjs/common';
import { bulkhead } from 'cockatiel';
import { AppError } from '../common/app-error';
import { CollectionStore } from '../corpus/collection-store';
import { documentNotFound, DocumentStore } from '../corpus/document-store';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { Metrics } from '../observability/metrics';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';

/** Documents deleted in one transaction. */
const BATCH_SIZE = 100;
/** Deletions at a time: each waits for its collection's row with a connection in its hand that others need. */
const AT_ONCE = 4;

/** Deletes documents and collections: gone from search and from every cached answer once a method returns. */
@Injectable()
export class DocumentRemoval {
  private readonly logger = new Logger(DocumentRemoval.name);
  private readonly limiter = bulkhead(AT_ONCE, Infinity);

  constructor(
    private readonly collections: CollectionStore,
    private readonly documents: DocumentStore,
    private readonly spaces: EmbeddingSpaceService,
    private readonly cache: SemanticCacheService,
    private readonly metrics: Metrics,
  ) {}

  /** @throws AppError `DOCUMENT_NOT_FOUND`, `DATABASE_UNAVAILABLE` */
  async removeDocument(tenantId: string, documentId: string): Promise<void> {
    // Throws for an id that is none, too.
    await this.documents.get(tenantId, documentId);
    const deleted = await this.delete(tenantId, [documentId]);
    if (deleted.length === 0) throw documentNotFound(documentId);
    this.metrics.ingestDocuments.inc({ outcome: 'deleted' });
    await this.purge(() => this.cache.purgeDocument(tenantId, documentId, 'document_deleted'));
  }

  /** Deletes a collection with its documents, some at a time. @throws AppError `COLLECTION_NOT_FOUND` */
  async removeCollection(tenantId: string, name: string): Promise<void> {
    const { id } = await this.collections.find(tenantId, name);
    while (!(await this.collections.deleteEmpty(tenantId, id))) {
      const batch = await this.documents.idsOf(tenantId, id, BATCH_SIZE);
      // Without documents and yet not deleted: another call was faster.
      if (batch.length === 0) break;
      const deleted = await this.delete(tenantId, batch);
      this.metrics.ingestDocuments.inc({ outcome: 'deleted' }, deleted.length);
    }
    await this.purge(() => this.cache.purgeCollection(tenantId, id, 'collection_deleted'));
  }

  /** @returns the ids of those that there were */
  private delete(tenantId: string, ids: readonly string[]): Promise<string[]> {
    return this.limiter.execute(() => this.documents.delete(tenantId, ids, this.spaces.tables));
  }

  /** Frees memory at once. Where it fails, the epoch has changed, so nothing of it is served any more. */
  private async purge(purge: () => Promise<number>): Promise<void> {
    try {
      await purge();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.logger.warn(`cached answers stay until they are looked at: ${error.message}`);
    }
  }
}
