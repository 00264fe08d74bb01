import { Body, Controller, Delete, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { untilUnwanted } from '../common/cancellation';
import { AppConfig } from '../config/app-config';
import { Audited } from '../auth/audited.decorator';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import { type Principal, refuseAllButOperator } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { EmbeddingCaches } from './embedding-caches';
import { EmbeddingCharges } from './embedding-charges';
import { EmbeddingCacheStatsDto, toEmbeddingCacheStatsDto } from './embedding-cache-stats.dto';
import { PurgedEmbeddingsDto, PurgeEmbeddingsDto } from './purge-embeddings.dto';
import { WarmEmbeddingsDto, WarmUpDto } from './warm-embeddings.dto';

/** Administration of the embedding cache, for the operator: it holds what all tenants embedded. */
@ApiTags('admin')
@ApiBearerAuth()
@Controller('admin/embedding-cache')
@RequireScope('admin')
export class EmbeddingCacheController {
  constructor(
    private readonly caches: EmbeddingCaches,
    private readonly charges: EmbeddingCharges,
    private readonly config: AppConfig,
  ) {}

  @Get('stats')
  @ApiOperation({ summary: 'How many embeddings are cached, and how often that helped (operator only)' })
  @ApiOkResponse({ type: EmbeddingCacheStatsDto })
  async stats(@CurrentPrincipal() principal: Principal): Promise<EmbeddingCacheStatsDto> {
    refuseAllButOperator(principal, 'see what all tenants have embedded');
    return toEmbeddingCacheStatsDto(await this.caches.stats());
  }

  @Post('warm')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Embed texts now, with the configured model, that will be needed later (operator only)',
  })
  @ApiOkResponse({ type: WarmUpDto })
  async warm(
    @Body() { texts }: WarmEmbeddingsDto,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WarmUpDto> {
    refuseAllButOperator(principal, 'warm the embedding cache');
    const cache = this.caches.ofConfigured(principal.tenantId);
    return cache.warm(texts, {
      charge: this.charges.of(principal, cache.model),
      signal: untilUnwanted(reply, this.config.requestDeadlineMs),
    });
  }

  @Delete()
  @Audited('embedding_cache.purge', ({ query }) => ({ target: query.model }))
  @ApiOperation({
    summary: 'Forget the embeddings of a model (operator only)',
    description:
      'In Redis and in the memory of the process that serves this call; other processes keep theirs in memory until they restart.',
  })
  @ApiOkResponse({ type: PurgedEmbeddingsDto })
  async purge(
    @CurrentPrincipal() principal: Principal,
    @Query() { model }: PurgeEmbeddingsDto,
  ): Promise<PurgedEmbeddingsDto> {
    refuseAllButOperator(principal, 'forget the embeddings of all tenants');
    return { purged: await this.caches.purge(model) };
  }
}
