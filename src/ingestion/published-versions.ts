import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import type { VersionRef } from '../corpus/document';
import type { Publication } from '../corpus/version-publisher';
import { Metrics } from '../observability/metrics';
import { InvalidationStream } from '../semantic-cache/invalidation-stream';

/** What follows from a publication: the counts, and the purge of answers built on what was replaced. */
@Injectable()
export class PublishedVersions {
  constructor(
    private readonly invalidations: InvalidationStream,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Never fails: what it does is of use, but nothing depends on it. */
  async report(
    { tenantId, documentId }: VersionRef,
    publication: Exclude<Publication, { outcome: 'incomplete' }>,
  ): Promise<void> {
    const { ingestDocuments, ingestChunks, ingestLag } = this.metrics;
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
    await this.invalidations.emit({
      tenantId,
      documentId,
      cause: 'document_changed',
      changedAtMs: publishedAtMs,
    });
  }
}
