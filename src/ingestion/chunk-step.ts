import { Injectable } from '@nestjs/common';
import { ChunkingService } from '../chunking/chunking.service';
import { AppError } from '../common/app-error';
import { ChunkStore, type StagedVersion } from '../corpus/chunk-store';
import type { VersionRef } from '../corpus/document';
import { detectLanguage } from '../corpus/search-language';
import { type RawVersion, VersionStore } from '../corpus/version-store';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { IngestQueue } from '../queue/ingest-queue';
import type { MediaType } from './media-type';
import { ParserPool } from './parsers/parser-pool';
import { DocumentSource, type ReadyVersion } from './sources/document-source';
import { toStagedChunks } from './staged-chunks';
import type { FailedVersion, Step } from './step-runner';

/** The first step: raw content, fetched if need be → normalised text → staged chunks. */
@Injectable()
export class ChunkStep implements Step<RawVersion> {
  readonly name = 'chunk';

  constructor(
    private readonly versions: VersionStore,
    private readonly chunks: ChunkStore,
    private readonly source: DocumentSource,
    private readonly parsers: ParserPool,
    private readonly chunking: ChunkingService,
    private readonly embeddings: EmbeddingCaches,
    private readonly spaces: EmbeddingSpaceService,
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
          if (ready !== null) staged.push(await this.chunksOf(ready, signal));
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

  private async chunksOf(version: ReadyVersion, signal: AbortSignal): Promise<StagedVersion> {
    // Only media types of the list were accepted.
    const { text, title, pages } = await this.parsers.parse(
      version.raw,
      version.mimeType as MediaType,
      signal,
    );
    // The active space's model, whose vectors the embed step needs as well.
    const embeddings = this.embeddings.of(await this.spaces.active());
    const embed = (texts: readonly string[]) => embeddings.embedAll(texts, { signal });
    const { chunks } = await this.chunking.chunk(text, version.chunking, embeddings.model, embed, {
      signal,
    });
    if (chunks.length === 0)
      throw new AppError('EMPTY_DOCUMENT', 'No text is left of the document once its markup is taken off.');
    signal.throwIfAborted();
    const staged = { text, title: version.title ?? title, language: detectLanguage(text) ?? 'english' };
    const { tenantId, documentId, version: number } = version;
    const ref = { tenantId, documentId, version: number };
    return { ref, ...staged, chunks: toStagedChunks(chunks, staged, pages) };
  }
}
