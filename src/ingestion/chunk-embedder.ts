import { Injectable } from '@nestjs/common';
import { meanDirection, toPgVector } from '../common/vector';
import { ChunkStore, type ChunkToEmbed, type ChunkWithoutVector } from '../corpus/chunk-store';
import type { VersionRef } from '../corpus/document';
import { windowTexts } from '../corpus/window-texts';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';

/** Chunks embedded at a time: few, since inserting into the index takes the embedded database a while. */
export const EMBED_BATCH = 32;

/** Vectors for staged chunks that have none in a space. */
@Injectable()
export class ChunkEmbedder {
  constructor(
    private readonly chunks: ChunkStore,
    private readonly embeddings: EmbeddingCaches,
  ) {}

  missing(refs: readonly VersionRef[], space: EmbeddingSpace): Promise<ChunkWithoutVector[]> {
    return this.chunks.withoutVector(refs, space);
  }

  /** @throws AppError `EMBEDDING_UNAVAILABLE`, `DATABASE_UNAVAILABLE`; the signal's reason */
  async embed(
    tenantId: string,
    space: EmbeddingSpace,
    chunks: readonly ChunkWithoutVector[],
    signal: AbortSignal,
  ): Promise<void> {
    const batch = await this.chunks.toEmbed(tenantId, space, chunks);
    await this.chunks.addVectors(tenantId, space, await this.vectorsOf(batch, space, signal));
  }

  private async vectorsOf(
    batch: readonly ChunkToEmbed[],
    space: EmbeddingSpace,
    signal: AbortSignal,
  ): Promise<(ChunkWithoutVector & { vector: string })[]> {
    const windows = batch.map(({ content, windows, vector }) =>
      vector === null ? windowTexts(content, windows) : [],
    );
    const vectors = await this.embeddings.of(space).embedAll(windows.flat(), { signal });
    let next = 0;
    return batch.map(({ id, documentId, vector }, i) => ({
      id,
      documentId,
      vector: vector ?? toPgVector(meanDirection(vectors.slice(next, (next += windows[i].length)))),
    }));
  }
}
