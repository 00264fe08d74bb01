import { Controller, Delete, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { CollectionStore } from '../corpus/collection-store';
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

/** Administration of the semantic cache, within the caller's tenant. */
@ApiTags('admin')
@ApiBearerAuth()
@Controller('admin/cache')
@RequireScope('admin')
export class SemanticCacheController {
  constructor(
    private readonly cache: SemanticCacheService,
    private readonly collections: CollectionStore,
  ) {}

  @Get('stats')
  @ApiOperation({ summary: 'Entries, bytes, hits by layer, tokens and dollars saved' })
  async stats(@CurrentPrincipal() principal: Principal) {
    const { minSimilarity, savedTokens, savedUsd, ...stats } = await this.cache.stats(principal.tenantId);
    return { ...stats, min_similarity: minSimilarity, saved_tokens: savedTokens, saved_usd: savedUsd };
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
