import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { meanDirection, toPgVector } from '../common/vector';
import { ChunkStore, type ChunkToEmbed, type ChunkWithoutVector } from '../corpus/chunk-store';
import type { VersionRef } from '../corpus/document';
import { VersionPublisher } from '../corpus/version-publisher';
import { type StartedVersion, VersionStore } from '../corpus/version-store';
import { windowTexts } from '../corpus/window-texts';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { PublishedVersions } from './published-versions';
import type { FailedVersion, Step } from './step-runner';

/** Chunks between two reports of progress: few, since inserting into the index takes the embedded database a while. */
const BATCH_SIZE = 32;
/** Another version of the document can take away what this one was to keep; then its chunks are embedded after all. */
const MAX_ROUNDS = 3;
/** A batch for a space that is not asked anything holds up a document no longer than this. */
const SPARE_TIMEOUT_MS = 10_000;
/** How long such a space is left out after its model could not be asked. */
const SPARE_PAUSE_MS = 30_000;

/** The second step: vectors for the chunks that have none, then publication. */
@Injectable()
export class EmbedStep implements Step {
  readonly name = 'embed';
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

  start(refs: readonly VersionRef[]): Promise<StartedVersion[]> {
    return this.versions.startEmbedding(refs);
  }

  /** @throws AppError `EMBEDDING_UNAVAILABLE`, `DATABASE_UNAVAILABLE`: worth another try, which goes on where this ended */
  async run(started: readonly StartedVersion[], signal: AbortSignal): Promise<FailedVersion[]> {
    let wanted: readonly VersionRef[] = started;
    for (let round = 1; round <= MAX_ROUNDS && wanted.length > 0; round++) {
      const spaces = await this.spaces.writable();
      const [active, ...others] = spaces;
      const refs = await this.embed(wanted, active, signal);
      if (refs.length === 0) return [];
      for (const space of others) await this.embedSpare(refs, space, signal);

      const publications = await this.publisher.publish(refs, active, spaces, (sql) =>
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
    let missing = await this.chunks.withoutVector(refs, space);
    while (missing.length > 0) {
      signal.throwIfAborted();
      await this.embedBatch(refs[0].tenantId, space, missing.slice(0, BATCH_SIZE), signal);
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
   * The same for a space that no question is asked of. Its model may be away: the document is published without, and
   * the backfill of the space catches up.
   */
  private async embedSpare(
    refs: readonly VersionRef[],
    space: EmbeddingSpace,
    signal: AbortSignal,
  ): Promise<void> {
    const missing = await this.chunks.withoutVector(refs, space);
    if (missing.length === 0) return;
    try {
      if (this.clock.nowMs() < (this.awayUntilMs.get(space.id) ?? 0))
        return await this.spaces.noteBehind(space);
      for (let from = 0; from < missing.length; from += BATCH_SIZE) {
        const patience = AbortSignal.any([signal, AbortSignal.timeout(SPARE_TIMEOUT_MS)]);
        await this.embedBatch(refs[0].tenantId, space, missing.slice(from, from + BATCH_SIZE), patience);
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
