import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import type { VersionRef } from '../corpus/document';
import type { Publication } from '../corpus/version-publisher';
import { Metrics } from '../observability/metrics';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';

/** What follows from a publication: the counts, and the purge of answers built on what was replaced. */
@Injectable()
export class PublishedVersions {
  private readonly logger = new Logger(PublishedVersions.name);

  constructor(
    private readonly cache: SemanticCacheService,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Never fails: what it does is of use, but nothing depends on it. */
  async tell(
    { tenantId, documentId }: VersionRef,
    publication: Exclude<Publication, { outcome: 'incomplete' }>,
  ): Promise<void> {
    const { ingestDocuments, ingestChunks, ingestLag, cacheInvalidationLag } = this.metrics;
    if (publication.outcome === 'dropped') {
      if (publication.status === 'superseded') ingestDocuments.inc({ outcome: 'superseded' });
      return;
    }
    const publishedAtMs = this.clock.nowMs();
    ingestDocuments.inc({ outcome: 'searchable' });
    for (const outcome of ['kept', 'inserted', 'removed'] as const)
      ingestChunks.inc({ outcome }, publication.chunks[outcome]);
    ingestLag.observe(Math.max(0, publishedAtMs - publication.acceptedAt.getTime()) / 1000);
    if (!publication.replaced) return;
    try {
      await this.cache.purgeDocument(tenantId, documentId, 'document_changed');
      cacheInvalidationLag.observe(Math.max(0, this.clock.nowMs() - publishedAtMs) / 1000);
    } catch (error) {
      // The epoch has changed: such an answer is looked at before it is served again.
      this.logger.warn(`cached answers stay until they are looked at: ${(error as Error).message}`);
    }
  }
}
