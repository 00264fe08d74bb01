import { Injectable } from '@nestjs/common';
import type { Chunk } from '../chunking/chunk';
import { ChunkingService } from '../chunking/chunking.service';
import { AppError } from '../common/app-error';
import { meanDirection } from '../common/vector';
import type { StagedVersion } from '../corpus/chunk-store';
import { detectLanguage } from '../corpus/search-language';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import type { MediaType } from './media-type';
import { ParserPool } from './parsers/parser-pool';
import type { ReadyVersion } from './sources/document-source';
import { toStagedChunks } from './staged-chunks';

/** Vectors of windows kept for the chunks of one document; those of a longer one are asked for again when it is embedded. */
const MAX_KEPT_BYTES = 33_554_432;

/** Raw content → normalised text → chunks, as they are stored. */
@Injectable()
export class DocumentChunker {
  constructor(
    private readonly parsers: ParserPool,
    private readonly chunking: ChunkingService,
    private readonly embeddings: EmbeddingCaches,
    private readonly spaces: EmbeddingSpaceService,
  ) {}

  /**
   * @returns chunks with their vectors in the active space, where the chunker asked for those of all their windows
   * @throws AppError `EMPTY_DOCUMENT`, `UNREADABLE_TEXT` and others of its parser; the signal's reason
   */
  async chunk(version: ReadyVersion, signal: AbortSignal): Promise<StagedVersion> {
    // Only media types of the list were accepted.
    const mediaType = version.mimeType as MediaType;
    const { text, title, pages } = await this.parsers.parse(version.raw, mediaType, signal);
    const space = await this.spaces.active();
    const embeddings = this.embeddings.of(space, version.tenantId);
    const known = new WindowVectors();
    const embed = async (texts: readonly string[]) => {
      const vectors = await embeddings.embedAll(texts, { signal });
      known.keep(texts, vectors);
      return vectors;
    };
    const { chunks } = await this.chunking.chunk(text, version.chunking, embeddings.model, embed, {
      signal,
    });
    if (chunks.length === 0)
      throw new AppError('EMPTY_DOCUMENT', 'No text is left of the document once its markup is taken off.');
    signal.throwIfAborted();
    const staged = { text, title: version.title ?? title, language: detectLanguage(text) ?? 'english' };
    const { tenantId, documentId, version: number } = version;
    return {
      ref: { tenantId, documentId, version: number },
      ...staged,
      spaceId: space.id,
      chunks: toStagedChunks(chunks, staged, pages).map((chunk, i) => ({
        ...chunk,
        vector: known.of(chunks[i], text),
      })),
    };
  }
}

/** What the chunker learnt about the windows of a document. */
class WindowVectors {
  private readonly byText = new Map<string, Float32Array>();
  private bytes = 0;

  keep(texts: readonly string[], vectors: readonly Float32Array[]): void {
    for (const [i, text] of texts.entries()) {
      if (this.bytes >= MAX_KEPT_BYTES) return;
      this.byText.set(text, vectors[i]);
      this.bytes += vectors[i].byteLength;
    }
  }

  /** The vector of a chunk; undefined unless all of its windows are known. */
  of({ windows }: Chunk, text: string): Float32Array | undefined {
    const vectors: Float32Array[] = [];
    for (const { start, end } of windows) {
      const vector = this.byText.get(text.slice(start, end));
      if (vector === undefined) return undefined;
      vectors.push(vector);
    }
    return meanDirection(vectors);
  }
}
