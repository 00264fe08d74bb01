import { Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { ChunkStore, type StagedVersion } from '../corpus/chunk-store';
import type { VersionRef } from '../corpus/document';
import { type RawVersion, VersionStore } from '../corpus/version-store';
import { IngestQueue } from '../queue/ingest-queue';
import { DocumentChunker } from './document-chunker';
import { DocumentSource } from './sources/document-source';
import type { FailedVersion, Step } from './step-runner';

/** The first step: raw content, fetched if need be → normalised text → staged chunks. */
@Injectable()
export class ChunkStep implements Step<RawVersion> {
  readonly name = 'chunk';

  constructor(
    private readonly versions: VersionStore,
    private readonly chunks: ChunkStore,
    private readonly source: DocumentSource,
    private readonly chunker: DocumentChunker,
    private readonly queue: IngestQueue,
  ) {}

  start(refs: readonly VersionRef[]): Promise<RawVersion[]> {
    return this.versions.startChunking(refs);
  }

  /** @returns with AppError `EMPTY_DOCUMENT`, `UNREADABLE_TEXT` and others. @throws what makes all worth another try */
  async run(raws: readonly RawVersion[], signal: AbortSignal): Promise<FailedVersion[]> {
    const staged: StagedVersion[] = [];
    const failures: FailedVersion[] = [];
    await Promise.all(
      raws.map(async (raw) => {
        try {
          const ready = await this.source.ready(raw, signal);
          if (ready !== null) staged.push(await this.chunker.chunk(ready, signal));
        } catch (error) {
          failures.push({ ref: raw, error });
        }
      }),
    );
    signal.throwIfAborted();
    await this.chunks.stage(staged);
    // Something is away that all of them need; a server that a document comes from is not.
    for (const { error } of failures)
      if (error instanceof AppError && error.retryable && error.code !== 'SOURCE_UNAVAILABLE') throw error;
    return failures;
  }

  async next(refs: readonly VersionRef[], bulk: boolean): Promise<void> {
    const versions = await this.versions.embedding(refs);
    if (versions.length > 0) await this.queue.enqueue('embed', [{ versions, bulk }]);
  }
}
