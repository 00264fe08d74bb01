import { Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { ChunkStore, type StagedVersion } from '../corpus/chunk-store';
import { VersionStore } from '../corpus/version-store';
import type { IngestBatch } from '../queue/ingest-job';
import { IngestQueue } from '../queue/ingest-queue';
import { DocumentChunker } from './document-chunker';
import { DocumentSource } from './sources/document-source';
import type { FailedVersion, Step } from './ingest-job-processor';

/** The first step: raw content, fetched if need be → normalised text → staged chunks. */
@Injectable()
export class ChunkStep implements Step {
  readonly name = 'chunk';

  constructor(
    private readonly versions: VersionStore,
    private readonly chunks: ChunkStore,
    private readonly source: DocumentSource,
    private readonly chunker: DocumentChunker,
    private readonly queue: IngestQueue,
  ) {}

  /** @returns with AppError `EMPTY_DOCUMENT`, `UNREADABLE_TEXT` and others. @throws what makes all worth another try */
  async run(batch: IngestBatch, signal: AbortSignal): Promise<FailedVersion[]> {
    const raws = await this.versions.startChunking(batch.versions);
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
    // Something is unavailable that all of them need; a server that one document comes from is not.
    for (const { error } of failures)
      if (error instanceof AppError && error.retryable && error.code !== 'SOURCE_UNAVAILABLE') throw error;
    // Those that an attempt before has staged, too.
    const versions = await this.versions.embedding(batch.versions);
    if (versions.length > 0) await this.queue.add('embed', [{ ...batch, versions }]);
    return failures;
  }
}
