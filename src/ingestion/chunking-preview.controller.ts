import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import type { FastifyReply } from 'fastify';
import { RequireScope } from '../auth/require-scope.decorator';
import { untilUnwanted } from '../common/cancellation';
import { AppConfig } from '../config/app-config';
import {
  ChunkingPreviewDto,
  ChunkingPreviewRequestDto,
  MAX_PREVIEW_LENGTH,
  toPreviewBoundaryDto,
  toPreviewChunkDto,
} from './chunking-preview.dto';
import { ChunkingPreview } from './chunking-preview';
import { toChunkingSettings, toChunkingSettingsDto } from './collection.dto';

/** Shows how a text would be cut. */
@ApiTags('ingestion')
@ApiBearerAuth()
@Controller('admin/chunking')
@RequireScope('ingest', 'admin')
export class ChunkingPreviewController {
  constructor(
    private readonly previews: ChunkingPreview,
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
    const chosen = toChunkingSettings(settings ?? {});
    const {
      chunks,
      boundaries,
      settings: used,
    } = await this.previews.of(tenantId, text, mime_type, chosen, signal);
    return {
      settings: toChunkingSettingsDto(used),
      chunks: chunks.map(toPreviewChunkDto),
      boundaries: boundaries.map(toPreviewBoundaryDto),
    };
  }
}
