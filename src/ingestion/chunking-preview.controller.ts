import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChunkingService } from '../chunking/chunking.service';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import type { FastifyReply } from 'fastify';
import { RequireScope } from '../auth/require-scope.decorator';
import { untilUnwanted } from '../common/cancellation';
import { AppConfig } from '../config/app-config';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import {
  ChunkingPreviewDto,
  ChunkingPreviewRequestDto,
  MAX_PREVIEW_LENGTH,
  toPreviewBoundaryDto,
  toPreviewChunkDto,
} from './chunking-preview.dto';
import { toChunkingSettings, toChunkingSettingsDto } from './collection.dto';
import { checkedDocument } from './document-check';
import { ParserPool } from './parsers/parser-pool';

/** As of `POST /admin/ingest`, whose documents are named. */
const DEFAULT_MEDIA_TYPE = 'text/markdown';

/** Takes a text the way that documents take until they are chunks, and stores nothing. */
@ApiTags('ingestion')
@ApiBearerAuth()
@Controller('admin/chunking')
@RequireScope('ingest', 'admin')
export class ChunkingPreviewController {
  constructor(
    private readonly parsers: ParserPool,
    private readonly chunking: ChunkingService,
    private readonly embeddings: EmbeddingCaches,
    private readonly spaces: EmbeddingSpaceService,
    private readonly config: AppConfig,
  ) {}

  @Post('preview')
  @HttpCode(200)
  @ApiOperation({
    summary: 'How a text would be cut to chunks, and why',
    description: `Of at most ${MAX_PREVIEW_LENGTH} characters; nothing is stored.`,
  })
  @ApiOkResponse({ type: ChunkingPreviewDto })
  async preview(
    @CurrentPrincipal() { tenantId }: Principal,
    @Body() { text, mime_type, settings }: ChunkingPreviewRequestDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChunkingPreviewDto> {
    const signal = untilUnwanted(reply, this.config.requestDeadlineMs);
    const document = checkedDocument(text, {
      field: 'text',
      maxBytes: Infinity,
      declared: mime_type ?? DEFAULT_MEDIA_TYPE,
      declaredField: 'mime_type',
    });
    const parsed = await this.parsers.parse(document.raw, document.mimeType, signal);
    const used = this.chunking.settingsOf(toChunkingSettings(settings ?? {}));
    const embeddings = this.embeddings.of(await this.spaces.active(), tenantId);
    const embed = (texts: readonly string[]) => embeddings.embedAll(texts, { signal });
    const { chunks, boundaries } = await this.chunking.chunk(parsed.text, used, embeddings.model, embed, {
      explain: true,
    });
    return {
      settings: toChunkingSettingsDto(used),
      chunks: chunks.map(toPreviewChunkDto),
      boundaries: boundaries.map(toPreviewBoundaryDto),
    };
  }
}
