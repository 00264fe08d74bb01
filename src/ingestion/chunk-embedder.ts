import { Injectable } from '@nestjs/common';
import { toPgVector } from '../common/vector';
import { ChunkStore, type ChunkWithoutVector } from '../corpus/chunk-store';
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
    const unknown = await this.chunks.addKnownVectors(tenantId, space, chunks);
    if (unknown.length === 0) return;
    const texts = unknown.map(({ content, windows }) => windowTexts(content, windows));
    const vectors = await embedWindows(this.embeddings.of(space, tenantId), texts, signal);
    await this.chunks.addVectors(
      tenantId,
      space,
      unknown.map(({ id, documentId }, i) => ({ id, documentId, vector: toPgVector(vectors[i]) })),
    );
  }
}
