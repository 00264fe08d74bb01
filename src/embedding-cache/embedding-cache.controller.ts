import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../auth/require-scope.decorator';
import { EmbeddingCacheService } from './embedding-cache.service';
import { EmbeddingCacheStatsDto, toEmbeddingCacheStatsDto } from './embedding-cache-stats.dto';

/** Administration of the embedding cache, which all tenants share. */
@ApiTags('admin')
@ApiBearerAuth()
@Controller('admin/embedding-cache')
@RequireScope('admin')
export class EmbeddingCacheController {
  constructor(private readonly cache: EmbeddingCacheService) {}

  @Get('stats')
  @ApiOperation({ summary: 'How many embeddings are cached, and how often that helped' })
  @ApiOkResponse({ type: EmbeddingCacheStatsDto })
  async stats(): Promise<EmbeddingCacheStatsDto> {
    return toEmbeddingCacheStatsDto(await this.cache.stats());
  }
}
