import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { aclPrincipals } from '../auth/acl-principals';
import { requireCollection } from '../auth/collection-grant';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { AppConfig } from '../config/app-config';
import { CollectionStore } from '../corpus/collection-store';
import { untilUnwanted, unlessAborted } from '../common/cancellation';
import { type EmbeddingAsker, QuestionEmbedder } from '../embedding-cache/question-embedder';
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
    private readonly embedder: QuestionEmbedder,
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
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SearchResponseDto> {
    const startedMs = performance.now();
    const collection = body.collection ?? 'default';
    requireCollection(principal, collection);
    const [{ id: collectionId, epoch }, space] = await Promise.all([
      this.collections.find(principal.tenantId, collection),
      this.retrieval.activeSpace(),
    ]);
    const signal = untilUnwanted(reply, this.config.requestDeadlineMs);
    const vector = await this.vectorOf(body, { space, tenantId: principal.tenantId }, signal);
    const retrieving = this.retrieval.retrieve(
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
    const { passages, degraded } = await unlessAborted(retrieving, signal);
    const raw = maySeeRawScores(principal);
    return {
      passages: passages.map((passage, i) => toPassageDto(passage, i + 1, raw)),
      degraded: degraded || (vector === null && body.mode !== 'text'),
      latency_ms: Math.round((performance.now() - startedMs) * 100) / 100,
      request_id: request.id,
    };
  }

  /** @returns null for a search by text alone, and for one by both where the model cannot be asked */
  private vectorOf(
    { query, mode }: SearchDto,
    asker: EmbeddingAsker,
    signal: AbortSignal,
  ): Promise<Float32Array | null> {
    if (mode === 'text') return Promise.resolve(null);
    if (mode === 'vector') return this.embedder.embed(query, asker, signal);
    return this.embedder.embedIfPossible(query, asker, signal);
  }
}
