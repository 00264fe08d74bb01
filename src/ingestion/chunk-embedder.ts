import { Injectable } from '@nestjs/common';
import { toPgVector } from '../common/vector';
import { ChunkStore, type ChunkToEmbed, type ChunkWithoutVector } from '../corpus/chunk-store';
import type { VersionRef } from '../corpus/document';
import { windowTexts } from '../corpus/window-texts';
import { embedWindows } from '../embedding-cache/embed-windows';
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
    await this.chunks.addVectors(tenantId, space, await this.vectorsOf(tenantId, batch, space, signal));
  }

  private async vectorsOf(
    tenantId: string,
    batch: readonly ChunkToEmbed[],
    space: EmbeddingSpace,
    signal: AbortSignal,
  ): Promise<(ChunkWithoutVector & { vector: string })[]> {
    const lacking = batch.filter(({ vector }) => vector === null);
    const texts = lacking.map(({ content, windows }) => windowTexts(content, windows));
    const made = await embedWindows(this.embeddings.of(space, tenantId), texts, signal);
    return batch.map(({ id, documentId, vector }) => ({
      id,
      documentId,
      vector: vector ?? toPgVector(made.shift()!),
    }));
  }
}
