import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../auth/audited.decorator';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { CollectionStore } from '../corpus/collection-store';
import { AnswerFeedback } from '../semantic-cache/answer-feedback';
import { MatchLearning } from '../semantic-cache/match-learning';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';
import {
  EvictedDto,
  FeedbackDto,
  PurgeDto,
  PurgedDto,
  SemanticCacheStatsDto,
  toSemanticCacheStatsDto,
} from './semantic-cache.dto';

/** Administration of the semantic cache, within the caller's tenant. */
@ApiTags('admin')
@ApiBearerAuth()
@Controller('admin/cache')
@RequireScope('admin')
export class SemanticCacheController {
  constructor(
    private readonly cache: SemanticCacheService,
    private readonly collections: CollectionStore,
    private readonly answerFeedback: AnswerFeedback,
    private readonly learning: MatchLearning,
  ) {}

  @Get('stats')
  @ApiOperation({
    summary: 'Entries, bytes, hits by layer, the share of wrong ones, tokens and dollars saved',
  })
  @ApiOkResponse({ type: SemanticCacheStatsDto })
  async stats(@CurrentPrincipal() { tenantId }: Principal): Promise<SemanticCacheStatsDto> {
    const [stats, wrongShare] = await Promise.all([
      this.cache.stats(tenantId),
      this.learning.wrongShare(tenantId),
    ]);
    return toSemanticCacheStatsDto(stats, wrongShare);
  }

  @Post('feedback')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Evict a wrong answer, and keep its question apart from the one it was taken for',
  })
  @ApiOkResponse({ type: EvictedDto })
  async feedback(
    @CurrentPrincipal() { tenantId }: Principal,
    @Body() { request_id }: FeedbackDto,
  ): Promise<EvictedDto> {
    return { evicted: await this.answerFeedback.markWrong(tenantId, request_id) };
  }

  @Delete()
  @Audited('cache.purge', ({ query }) => ({ target: query.document_id ?? query.collection }))
  @ApiOperation({ summary: 'Purge cached answers: of a document, of a collection, or all' })
  @ApiOkResponse({ type: PurgedDto })
  async purge(
    @CurrentPrincipal() { tenantId }: Principal,
    @Query() { collection, document_id }: PurgeDto,
  ): Promise<PurgedDto> {
    if (document_id !== undefined)
      return { purged: await this.cache.purgeDocument(tenantId, document_id, 'admin') };
    if (collection === undefined) return { purged: await this.cache.purgeAll(tenantId, 'admin') };
    const { id } = await this.collections.find(tenantId, collection);
    return { purged: await this.cache.purgeCollection(tenantId, id, 'admin') };
  }
}
