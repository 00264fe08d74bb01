import { Injectable } from '@nestjs/common';
import type { VersionRef } from '../corpus/document';
import { VersionPublisher } from '../corpus/version-publisher';
import { VersionStore } from '../corpus/version-store';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import type { IngestBatch } from '../queue/ingest-job';
import { PublishedVersions } from './published-versions';
import type { FailedVersion, Step } from './ingest-job-processor';
import { SpaceIndexer } from './space-indexer';

/** Another version of the document can take away what this one was to keep; then its chunks are embedded after all. */
const MAX_ROUNDS = 3;

/** The second step: vectors for the chunks that have none, then publication. */
@Injectable()
export class EmbedStep implements Step {
  readonly name = 'embed';

  constructor(
    private readonly versions: VersionStore,
    private readonly indexer: SpaceIndexer,
    private readonly publisher: VersionPublisher,
    private readonly spaces: EmbeddingSpaceService,
    private readonly published: PublishedVersions,
  ) {}

  /** @throws AppError `EMBEDDING_UNAVAILABLE`, `DATABASE_UNAVAILABLE`: worth another try, which goes on where this ended */
  async run(batch: IngestBatch, signal: AbortSignal): Promise<FailedVersion[]> {
    let wanted = await this.versions.embedding(batch.versions);
    for (let round = 1; round <= MAX_ROUNDS && wanted.length > 0; round++) {
      const [active, ...secondary] = await this.spaces.writable();
      const refs = await this.indexer.index(wanted, active, signal);
      if (refs.length === 0) return [];
      for (const space of secondary) await this.indexer.indexSecondary(refs, space, signal);

      const publications = await this.publisher.publish(refs, active, this.spaces.tables, (sql) =>
        this.spaces.holdActive(sql, active),
      );
      const incomplete: VersionRef[] = [];
      for (const [i, publication] of publications.entries())
        if (publication.outcome === 'incomplete') incomplete.push(refs[i]);
        else await this.published.report(refs[i], publication);
      wanted = incomplete;
    }
    const error = new Error('chunks lack their vectors in the active space, though they were just embedded');
    return wanted.map((ref) => ({ ref, error }));
  }
}
