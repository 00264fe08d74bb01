import { Injectable } from '@nestjs/common';
import type { VersionRef } from '../corpus/document';
import { VersionPublisher } from '../corpus/version-publisher';
import { VersionStore } from '../corpus/version-store';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import type { IngestBatch } from '../queue/ingest-job';
import { ChunkEmbedder, EMBED_BATCH } from './chunk-embedder';
import { PublishedVersions } from './published-versions';
import type { FailedVersion, Step } from './ingest-job-processor';
import { SecondarySpaceIndexer } from './secondary-space-indexer';

/** Another version of the document can take away what this one was to keep; then its chunks are embedded after all. */
const MAX_ROUNDS = 3;

/** The second step: vectors for the chunks that have none, then publication. */
@Injectable()
export class EmbedStep implements Step {
  readonly name = 'embed';

  constructor(
    private readonly versions: VersionStore,
    private readonly embedder: ChunkEmbedder,
    private readonly secondarySpaces: SecondarySpaceIndexer,
    private readonly publisher: VersionPublisher,
    private readonly spaces: EmbeddingSpaceService,
    private readonly published: PublishedVersions,
  ) {}

  /** @throws AppError `EMBEDDING_UNAVAILABLE`, `DATABASE_UNAVAILABLE`: worth another try, which goes on where this ended */
  async run(batch: IngestBatch, signal: AbortSignal): Promise<FailedVersion[]> {
    let wanted = await this.versions.embedding(batch.versions);
    for (let round = 1; round <= MAX_ROUNDS && wanted.length > 0; round++) {
      const [active, ...others] = await this.spaces.writable();
      const refs = await this.embed(wanted, active, signal);
      if (refs.length === 0) return [];
      for (const space of others) await this.secondarySpaces.embed(refs, space, signal);

      const publications = await this.publisher.publish(refs, active, this.spaces.tables, (sql) =>
        this.spaces.holdActive(sql, active),
      );
      const incomplete: VersionRef[] = [];
      for (const [i, publication] of publications.entries())
        if (publication.outcome === 'incomplete') incomplete.push(refs[i]);
        else await this.published.tell(refs[i], publication);
      wanted = incomplete;
    }
    const error = new Error('chunks lack their vectors in the active space, though they were just embedded');
    return wanted.map((ref) => ({ ref, error }));
  }

  /** @returns the versions that are still wanted */
  private async embed(
    refs: readonly VersionRef[],
    space: EmbeddingSpace,
    signal: AbortSignal,
  ): Promise<readonly VersionRef[]> {
    let wanted = refs;
    let missing = await this.embedder.missing(refs, space);
    while (missing.length > 0) {
      signal.throwIfAborted();
      await this.embedder.embed(refs[0].tenantId, space, missing.slice(0, EMBED_BATCH), signal);
      missing = missing.slice(EMBED_BATCH);
      wanted = await this.versions.progress(
        wanted,
        wanted.map(({ documentId }) => missing.filter((chunk) => chunk.documentId === documentId).length),
      );
      const wantedIds = new Set(wanted.map(({ documentId }) => documentId));
      missing = missing.filter(({ documentId }) => wantedIds.has(documentId));
    }
    return wanted;
  }
}
