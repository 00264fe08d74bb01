import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { meanDirection, toPgVector } from '../common/vector';
import { ChunkStore, type ChunkToEmbed } from '../corpus/chunk-store';
import type { VersionRef } from '../corpus/document';
import { VersionPublisher } from '../corpus/version-publisher';
import { VersionStore } from '../corpus/version-store';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { PublishedVersions } from './published-versions';
import { windowTexts } from '../corpus/window-texts';

/** Chunks between two reports of progress: few, since inserting into the index takes the embedded database a while. */
const BATCH_SIZE = 16;
/** Another version of the document can take away what this one was to keep; then its chunks are embedded after all. */
const MAX_ROUNDS = 3;
/** A batch for a space that is not asked anything holds up a document no longer than this. */
const SPARE_TIMEOUT_MS = 10_000;
/** How long such a space is left out after its model could not be asked. */
const SPARE_PAUSE_MS = 30_000;

/** The second step: vectors for the chunks that have none, then publication. */
@Injectable()
export class EmbedStep {
  private readonly logger = new Logger('Ingestion');
  /** Spaces whose model could not be asked, and until when that is taken for granted. */
  private readonly awayUntilMs = new Map<number, number>();

  constructor(
    private readonly versions: VersionStore,
    private readonly chunks: ChunkStore,
    private readonly publisher: VersionPublisher,
    private readonly embeddings: EmbeddingCaches,
    private readonly spaces: EmbeddingSpaceService,
    private readonly published: PublishedVersions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws AppError `EMBEDDING_UNAVAILABLE`, `DATABASE_UNAVAILABLE`: worth another try, which goes on where this ended */
  async run(ref: VersionRef, signal: AbortSignal): Promise<void> {
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      if ((await this.versions.status(ref)) !== 'embedding') return;
      const spaces = await this.spaces.writable();
      const [active, ...others] = spaces;
      if (!(await this.embed(ref, active, signal))) return;
      for (const space of others) await this.embedSpare(ref, space, signal);

      const publication = await this.publisher.publish(ref, active, spaces, (sql) =>
        this.spaces.holdActive(sql, active),
      );
      if (publication.outcome !== 'incomplete') {
        await this.published.tell(ref, publication);
        return;
      }
    }
    throw new Error('chunks lack their vectors in the active space, though they were just embedded');
  }

  /** @returns whether the version is still wanted */
  private async embed(ref: VersionRef, space: EmbeddingSpace, signal: AbortSignal): Promise<boolean> {
    const missing = await this.chunks.withoutVector(ref, space);
    for (let from = 0; from < missing.length; from += BATCH_SIZE) {
      signal.throwIfAborted();
      if (!(await this.versions.progress(ref, missing.length - from))) return false;
      await this.embedBatch(ref, space, missing.slice(from, from + BATCH_SIZE), signal);
    }
    return this.versions.progress(ref, 0);
  }

  /**
   * The same for a space that no question is asked of. Its model may be away: the document is published without, and
   * the backfill of the space catches up.
   */
  private async embedSpare(ref: VersionRef, space: EmbeddingSpace, signal: AbortSignal): Promise<void> {
    const missing = await this.chunks.withoutVector(ref, space);
    if (missing.length === 0) return;
    try {
      if (this.clock.nowMs() < (this.awayUntilMs.get(space.id) ?? 0))
        return await this.spaces.noteBehind(space);
      for (let from = 0; from < missing.length; from += BATCH_SIZE) {
        const patience = AbortSignal.any([signal, AbortSignal.timeout(SPARE_TIMEOUT_MS)]);
        await this.embedBatch(ref, space, missing.slice(from, from + BATCH_SIZE), patience);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError && error.code === 'DATABASE_UNAVAILABLE') throw error;
      this.awayUntilMs.set(space.id, this.clock.nowMs() + SPARE_PAUSE_MS);
      this.logger.warn(
        `documents are published without their vectors in the embedding space ${space.id} (${space.model}): ` +
          (error instanceof Error ? error.message : String(error)),
      );
      await this.spaces.noteBehind(space);
    }
  }

  private async embedBatch(
    ref: VersionRef,
    space: EmbeddingSpace,
    chunkIds: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const batch = await this.chunks.toEmbed(ref, space, chunkIds);
    await this.chunks.addVectors(ref, space, await this.vectorsOf(batch, space, signal));
  }

  private async vectorsOf(
    batch: readonly ChunkToEmbed[],
    space: EmbeddingSpace,
    signal: AbortSignal,
  ): Promise<{ chunkId: string; vector: string }[]> {
    const windows = batch.map(({ content, windows, vector }) =>
      vector === null ? windowTexts(content, windows) : [],
    );
    const vectors = await this.embeddings.of(space).embedAll(windows.flat(), { signal });
    let next = 0;
    return batch.map(({ id, vector }, i) => ({
      chunkId: id,
      vector: vector ?? toPgVector(meanDirection(vectors.slice(next, (next += windows[i].length)))),
    }));
  }
}
