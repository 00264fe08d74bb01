import { Injectable } from '@nestjs/common';
import type { Chunk } from '../chunking/chunk';
import { ChunkingService } from '../chunking/chunking.service';
import { AppError } from '../common/app-error';
import { sha256Hex } from '../common/hash';
import { newId } from '../common/ids';
import { meanDirection } from '../common/vector';
import type { StagedVersion } from '../corpus/chunk-store';
import type { StagedChunk, StagedText } from '../corpus/document';
import { detectLanguage } from '../text-analysis/search-language';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import type { MediaType } from './media-type';
import { pageOf, type PageStart } from './parsers/parsed-document';
import { ParserPool } from './parsers/parser-pool';
import type { ReadyVersion } from './sources/document-source';

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

/** A sentence at the very start, not too short to say something, nor so long that it is none. */
const FIRST_SENTENCE = /^[\s\S]{10,300}?(?:[.!?](?=\s)|[。！？]|(?=\n\s*\n))/u;
/** A chunk that has the lead here needs it no second time. UTF-16 code units. */
const BEGINNING_LENGTH = 400;

/**
 * Chunks as they are stored: with an id, their hash, windows that do not depend on where in the text they stand, and
 * the words that introduce their document.
 * @param title the document's, if it has one; else its first sentence introduces it
 * @param pages where each page of the text begins
 */
export function toStagedChunks(
  chunks: readonly Chunk[],
  { text, title }: Pick<StagedText, 'text' | 'title'>,
  pages: readonly PageStart[] = [],
): StagedChunk[] {
  const lead = title ?? FIRST_SENTENCE.exec(text)?.[0] ?? null;
  return chunks.map(({ ordinal, start, end, content, headingPath, tokenCount, windows }) => ({
    id: newId(),
    ordinal,
    start,
    end,
    content,
    contentHash: sha256Hex(content),
    headingPath,
    page: pageOf(pages, start, end),
    tokenCount,
    windows: windows.flatMap((window) => [window.start - start, window.end - start]),
    lead: lead === null || holdsLead(content, headingPath, lead) ? null : lead,
  }));
}

function holdsLead(content: string, headingPath: readonly string[], lead: string): boolean {
  return headingPath.includes(lead) || content.slice(0, BEGINNING_LENGTH).includes(lead);
}
