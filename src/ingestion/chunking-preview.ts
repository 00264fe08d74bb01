import { Injectable } from '@nestjs/common';
import type { Boundary, Chunk } from '../chunking/chunk';
import { ChunkingService } from '../chunking/chunking.service';
import type { ChunkingSettings } from '../chunking/chunking-settings';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { checkedDocument } from './document-check';
import { ParserPool } from './parsers/parser-pool';

/** As of `POST /admin/ingest`, whose documents are named. */
const DEFAULT_MEDIA_TYPE = 'text/markdown';

/** How a text would be cut. */
export interface PreviewOfChunks {
  settings: Required<ChunkingSettings>;
  chunks: Chunk[];
  boundaries: Boundary[];
}

/** Takes a text the way that documents take until they are chunks, and stores nothing. */
@Injectable()
export class ChunkingPreview {
  constructor(
    private readonly parsers: ParserPool,
    private readonly chunking: ChunkingService,
    private readonly embeddings: EmbeddingCaches,
    private readonly spaces: EmbeddingSpaceService,
  ) {}

  /**
   * @throws AppError `UNSUPPORTED_MEDIA_TYPE`, `EMPTY_DOCUMENT`, `UNREADABLE_TEXT`, `EMBEDDING_UNAVAILABLE`; the
   *   signal's reason
   */
  async of(
    tenantId: string,
    text: string,
    mimeType: string | undefined,
    settings: ChunkingSettings,
    signal: AbortSignal,
  ): Promise<PreviewOfChunks> {
    const document = checkedDocument(text, {
      field: 'text',
      maxBytes: Infinity,
      declared: mimeType ?? DEFAULT_MEDIA_TYPE,
      declaredField: 'mime_type',
    });
    const parsed = await this.parsers.parse(document.raw, document.mimeType, signal);
    const used = this.chunking.settingsOf(settings);
    const embeddings = this.embeddings.of(await this.spaces.active(), tenantId);
    const embed = (texts: readonly string[]) => embeddings.embedAll(texts, { signal });
    const outcome = await this.chunking.chunk(parsed.text, used, embeddings.model, embed, {
      explain: true,
    });
    return { settings: used, ...outcome };
  }
}
