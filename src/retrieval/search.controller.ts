import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { aclPrincipals } from '../auth/acl-principals';
import { requireCollection } from '../auth/collection-grant';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { AppConfig } from '../config/app-config';
import { CollectionStore } from '../corpus/collection-store';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import { toPassageFilter } from './passage-filter.dto';
import { RetrievalService } from './retrieval.service';
import { SearchDto, SearchResponseDto, toPassageDto } from './search.dto';
import { maySeeRawScores } from './visible-scores';

@ApiTags('query')
@ApiBearerAuth()
@Controller('search')
export class SearchController {
  constructor(
    private readonly collections: CollectionStore,
    private readonly embeddings: EmbeddingCaches,
    private readonly retrieval: RetrievalService,
    private readonly config: AppConfig,
  ) {}

  @Post()
  @HttpCode(200)
  @RequireScope('query')
  @ApiOperation({ summary: 'Passages with their scores, without an answer' })
  @ApiOkResponse({ type: SearchResponseDto })
  async search(
    @Body() body: SearchDto,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<SearchResponseDto> {
    const startedMs = performance.now();
    const collection = body.collection ?? 'default';
    requireCollection(principal, collection);
    const [{ id: collectionId, epoch }, space] = await Promise.all([
      this.collections.find(principal.tenantId, collection),
      this.retrieval.activeSpace(),
    ]);
    const embeddings = this.embeddings.of(space, principal.tenantId);
    const vector = body.mode === 'text' ? null : await embeddings.embedOne(body.query);
    const { passages } = await this.retrieval.retrieve(
      body.query,
      vector,
      {
        tenantId: principal.tenantId,
        collectionId,
        epoch,
        space,
        principals: aclPrincipals(principal, body.user_id),
        filter: toPassageFilter(body.filters),
        topK: body.top_k ?? this.config.retrieval.topK,
      },
      body.mode,
    );
    const raw = maySeeRawScores(principal);
    return {
      passages: passages.map((passage, i) => toPassageDto(passage, i + 1, raw)),
      latency_ms: Math.round((performance.now() - startedMs) * 100) / 100,
      request_id: request.id,
    };
  }
}
