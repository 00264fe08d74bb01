import { Injectable } from '@nestjs/common';
import { ChunkingService } from '../chunking/chunking.service';
import { AppError } from '../common/app-error';
import type { StagedVersion } from '../corpus/chunk-store';
import { detectLanguage } from '../text-analysis/search-language';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import type { MediaType } from './media-type';
import { ParserPool } from './parsers/parser-pool';
import type { ReadyVersion } from './sources/document-source';
import { toStagedChunks } from './staged-chunks';

/** Raw content → normalised text → chunks, as they are stored. */
@Injectable()
export class DocumentCutter {
  constructor(
    private readonly parsers: ParserPool,
    private readonly chunking: ChunkingService,
    private readonly embeddings: EmbeddingCaches,
    private readonly spaces: EmbeddingSpaceService,
  ) {}

  /** @throws AppError `EMPTY_DOCUMENT`, `UNREADABLE_TEXT` and others of its parser; the signal's reason */
  async cut(version: ReadyVersion, signal: AbortSignal): Promise<StagedVersion> {
    // Only media types of the list were accepted.
    const mediaType = version.mimeType as MediaType;
    const { text, title, pages } = await this.parsers.parse(version.raw, mediaType, signal);
    // The active space's model, whose vectors the embed step needs as well.
    const embeddings = this.embeddings.of(await this.spaces.active(), version.tenantId);
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
