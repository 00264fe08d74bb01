import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import type { VersionRef } from '../corpus/document';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { ChunkEmbedder, EMBED_BATCH } from './chunk-embedder';

/** A batch for a space that is not asked anything holds up a document no longer than this. */
const TIMEOUT_MS = 10_000;
/** How long such a space is left out after its model was unavailable. */
const PAUSE_MS = 30_000;

/**
 * Vectors for the spaces that no question is asked of: one that is being filled, or the one before. Where their model is
 * unavailable, documents are published without, and the backfill of the space catches up.
 */
@Injectable()
export class SecondarySpaceIndexer {
  private readonly logger = new Logger('Ingestion');
  /** Until when a space is left out, by its id. */
  private readonly skippedUntilMs = new Map<number, number>();

  constructor(
    private readonly embedder: ChunkEmbedder,
    private readonly spaces: EmbeddingSpaceService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws AppError `DATABASE_UNAVAILABLE`; the signal's reason */
  async embed(refs: readonly VersionRef[], space: EmbeddingSpace, signal: AbortSignal): Promise<void> {
    const missing = await this.embedder.missing(refs, space);
    if (missing.length === 0) return;
    try {
      if (this.clock.nowMs() < (this.skippedUntilMs.get(space.id) ?? 0))
        return await this.spaces.noteBehind(space);
      for (let from = 0; from < missing.length; from += EMBED_BATCH) {
        const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
        await this.embedder.embed(refs[0].tenantId, space, missing.slice(from, from + EMBED_BATCH), limited);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError && error.code === 'DATABASE_UNAVAILABLE') throw error;
      this.skippedUntilMs.set(space.id, this.clock.nowMs() + PAUSE_MS);
      this.logger.warn(
        `documents are published without their vectors in the embedding space ${space.id} (${space.model}): ` +
          (error instanceof Error ? error.message : String(error)),
      );
      await this.spaces.noteBehind(space);
    }
  }
}
