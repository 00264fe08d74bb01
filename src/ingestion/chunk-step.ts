import { Injectable } from '@nestjs/common';
import { ChunkingService } from '../chunking/chunking.service';
import { AppError } from '../common/app-error';
import { ChunkStore } from '../corpus/chunk-store';
import type { VersionRef } from '../corpus/document';
import { detectLanguage } from '../corpus/search-language';
import { type RawVersion, VersionStore } from '../corpus/version-store';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { IngestQueue } from '../queue/ingest-queue';
import type { MediaType } from './media-type';
import { ParserPool } from './parsers/parser-pool';
import { toStagedChunks } from './staged-chunks';

/** The first step: raw content → normalised text → staged chunks. */
@Injectable()
export class ChunkStep {
  constructor(
    private readonly versions: VersionStore,
    private readonly chunks: ChunkStore,
    private readonly parsers: ParserPool,
    private readonly chunking: ChunkingService,
    private readonly embeddings: EmbeddingCaches,
    private readonly spaces: EmbeddingSpaceService,
    private readonly queue: IngestQueue,
  ) {}

  /** @throws AppError `EMPTY_DOCUMENT`, `UNREADABLE_TEXT`, or what makes it worth another try */
  async run(ref: VersionRef, signal: AbortSignal): Promise<void> {
    const version = await this.versions.startChunking(ref);
    const staged =
      version === null
        ? (await this.versions.status(ref)) === 'embedding'
        : await this.stage(ref, version, signal);
    if (staged) await this.queue.enqueue('embed', [ref]);
  }

  private async stage(ref: VersionRef, version: RawVersion, signal: AbortSignal): Promise<boolean> {
    // Only media types of the list were accepted.
    const { text, title } = await this.parsers.parse(version.raw, version.mimeType as MediaType, signal);
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
    return this.chunks.stage(ref, staged, toStagedChunks(chunks, staged));
  }
}
