import { Injectable } from '@nestjs/common';
import { meanDirection, toPgVector } from '../common/vector';
import { ChunkStore, type ChunkToEmbed } from '../corpus/chunk-store';
import type { VectorTable, VersionRef } from '../corpus/document';
import { VersionPublisher } from '../corpus/version-publisher';
import { VersionStore } from '../corpus/version-store';
import { EmbeddingCacheService } from '../embedding-cache/embedding-cache.service';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { PublishedVersions } from './published-versions';
import { windowTexts } from './staged-chunks';

/** Chunks between two reports of progress: few, since inserting into the index takes the embedded database a while. */
const BATCH_SIZE = 16;
/** Another version of the document can take away what this one was to keep; then its chunks are embedded after all. */
const MAX_ROUNDS = 3;

/** The second step: vectors for the chunks that have none, then publication. */
@Injectable()
export class EmbedStep {
  constructor(
    private readonly versions: VersionStore,
    private readonly chunks: ChunkStore,
    private readonly publisher: VersionPublisher,
    private readonly embeddings: EmbeddingCacheService,
    private readonly spaces: EmbeddingSpaceService,
    private readonly published: PublishedVersions,
  ) {}

  /** @throws AppError `EMBEDDING_UNAVAILABLE`, `DATABASE_UNAVAILABLE`: worth another try, which goes on where this ended */
  async run(ref: VersionRef, signal: AbortSignal): Promise<void> {
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      if ((await this.versions.status(ref)) !== 'embedding') return;
      const spaces = await this.spaces.writable();
      const { model } = this.embeddings;
      for (const space of spaces)
        if (space.model === model.name && space.dimensions === model.dimensions)
          if (!(await this.embed(ref, space, signal))) return;

      const publication = await this.publisher.publish(ref, spaces[0], spaces);
      if (publication.outcome !== 'incomplete') {
        await this.published.tell(ref, publication);
        return;
      }
    }
    throw new Error('chunks lack their vectors in the active space, though they were just embedded');
  }

  /** @returns whether the version is still wanted */
  private async embed(ref: VersionRef, space: VectorTable, signal: AbortSignal): Promise<boolean> {
    const missing = await this.chunks.withoutVector(ref, space);
    for (let from = 0; from < missing.length; from += BATCH_SIZE) {
      signal.throwIfAborted();
      if (!(await this.versions.progress(ref, missing.length - from))) return false;
      const batch = await this.chunks.toEmbed(ref, space, missing.slice(from, from + BATCH_SIZE));
      await this.chunks.addVectors(ref, space, await this.vectorsOf(batch, signal));
    }
    return this.versions.progress(ref, 0);
  }

  private async vectorsOf(
    batch: readonly ChunkToEmbed[],
    signal: AbortSignal,
  ): Promise<{ chunkId: string; vector: string }[]> {
    const windows = batch.map(({ content, windows, vector }) =>
      vector === null ? windowTexts(content, windows) : [],
    );
    const vectors = await this.embeddings.embedAll(windows.flat(), { signal });
    let next = 0;
    return batch.map(({ id, vector }, i) => ({
      chunkId: id,
      vector: vector ?? toPgVector(meanDirection(vectors.slice(next, (next += windows[i].length)))),
    }));
  }
}
