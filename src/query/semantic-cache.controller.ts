import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { CollectionStore } from '../corpus/collection-store';
import { AnswerFeedback } from '../semantic-cache/answer-feedback';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';

class PurgeDto {
  @ApiProperty({ required: false, description: 'Only the answers of this collection.' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  collection?: string;

  @ApiProperty({ required: false, description: 'Only the answers built on this document.' })
  @IsOptional()
  @IsUUID()
  document_id?: string;
}

class FeedbackDto {
  @ApiProperty({ description: '`request_id` of an answer of the last hour.' })
  @IsString()
  @MaxLength(128)
  request_id: string;

  @ApiProperty({ enum: ['wrong'] })
  @IsIn(['wrong'])
  verdict: 'wrong';
}

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
  ) {}

  @Get('stats')
  @ApiOperation({ summary: 'Entries, bytes, hits by layer, tokens and dollars saved' })
  async stats(@CurrentPrincipal() principal: Principal) {
    const { minSimilarity, savedTokens, savedUsd, ...stats } = await this.cache.stats(principal.tenantId);
    return { ...stats, min_similarity: minSimilarity, saved_tokens: savedTokens, saved_usd: savedUsd };
  }

  @Post('feedback')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Evict a wrong answer, and keep its question apart from the one it was taken for',
  })
  async feedback(@CurrentPrincipal() { tenantId }: Principal, @Body() { request_id }: FeedbackDto) {
    return { evicted: await this.answerFeedback.markWrong(tenantId, request_id) };
  }

  @Delete()
  @ApiOperation({ summary: 'Purge cached answers: of a document, of a collection, or all' })
  async purge(@CurrentPrincipal() { tenantId }: Principal, @Query() { collection, document_id }: PurgeDto) {
    if (document_id !== undefined)
      return { purged: await this.cache.purgeDocument(tenantId, document_id, 'admin') };
    if (collection === undefined) return { purged: await this.cache.purgeAll(tenantId, 'admin') };
    const { id } = await this.collections.find(tenantId, collection);
    return { purged: await this.cache.purgeCollection(tenantId, id, 'admin') };
  }
}
