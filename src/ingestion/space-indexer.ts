import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { toPgVector } from '../common/vector';
import { ChunkStore, type ChunkWithoutVector } from '../corpus/chunk-store';
import type { VersionRef } from '../corpus/document';
import { VersionStore } from '../corpus/version-store';
import { windowTexts } from '../corpus/window-texts';
import { embedWindows } from '../embedding-cache/embed-windows';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';

/** Chunks indexed at a time: few, since inserting into the index takes the embedded database a while. */
const BATCH_SIZE = 32;
/** A batch for a secondary space holds up a document no longer than this. */
const SECONDARY_TIMEOUT_MS = 10_000;
/** How long a secondary space is left out after its model was unavailable. */
const SECONDARY_PAUSE_MS = 30_000;

/** Gives the chunks of versions on their way their vectors in embedding spaces. Versions named together are of one tenant. */
@Injectable()
export class SpaceIndexer {
  private readonly logger = new Logger('Ingestion');
  /** Until when a secondary space is left out, by its id. */
  private readonly skippedUntilMs = new Map<number, number>();

  constructor(
    private readonly chunks: ChunkStore,
    private readonly versions: VersionStore,
    private readonly embeddings: EmbeddingCaches,
    private readonly spaces: EmbeddingSpaceService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Indexes what has no vector in the active space, and keeps the versions' progress.
   * @returns the versions that are still wanted
   * @throws AppError `EMBEDDING_UNAVAILABLE`, `DATABASE_UNAVAILABLE`; the signal's reason
   */
  async index(
    refs: readonly VersionRef[],
    active: EmbeddingSpace,
    signal: AbortSignal,
  ): Promise<readonly VersionRef[]> {
    let wanted = refs;
    let missing = await this.chunks.withoutVector(refs, active);
    while (missing.length > 0) {
      signal.throwIfAborted();
      await this.indexChunks(refs[0].tenantId, active, missing.slice(0, BATCH_SIZE), signal);
      missing = missing.slice(BATCH_SIZE);
      wanted = await this.versions.progress(
        wanted,
        wanted.map(({ documentId }) => missing.filter((chunk) => chunk.documentId === documentId).length),
      );
      const wantedIds = new Set(wanted.map(({ documentId }) => documentId));
      missing = missing.filter(({ documentId }) => wantedIds.has(documentId));
    }
    return wanted;
  }

  /**
   * The same for a space that no question is asked of: one that is being filled, or the one before. Where its model is
   * unavailable, the documents are published without, and the backfill of the space catches up.
   * @throws AppError `DATABASE_UNAVAILABLE`; the signal's reason
   */
  async indexSecondary(
    refs: readonly VersionRef[],
    space: EmbeddingSpace,
    signal: AbortSignal,
  ): Promise<void> {
    const missing = await this.chunks.withoutVector(refs, space);
    if (missing.length === 0) return;
    try {
      if (this.clock.nowMs() < (this.skippedUntilMs.get(space.id) ?? 0))
        return await this.spaces.noteBehind(space);
      for (let from = 0; from < missing.length; from += BATCH_SIZE) {
        const limited = AbortSignal.any([signal, AbortSignal.timeout(SECONDARY_TIMEOUT_MS)]);
        await this.indexChunks(refs[0].tenantId, space, missing.slice(from, from + BATCH_SIZE), limited);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError && error.code === 'DATABASE_UNAVAILABLE') throw error;
      this.skippedUntilMs.set(space.id, this.clock.nowMs() + SECONDARY_PAUSE_MS);
      this.logger.warn(
        `documents are published without their vectors in the embedding space ${space.id} (${space.model}): ` +
          (error instanceof Error ? error.message : String(error)),
      );
      await this.spaces.noteBehind(space);
    }
  }

  private async indexChunks(
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
