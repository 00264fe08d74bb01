import { Body, Controller, Get, HttpCode, HttpStatus, Param, ParseIntPipe, Post, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Audited } from '../auth/audited.decorator';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import { type Principal, refuseAllButOperator } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { SpaceCreation } from './space-creation';
import {
  CreateSpaceDto,
  EmbeddingSpaceDto,
  EmbeddingSpaceListDto,
  ForceDto,
  ResumeDto,
  SpacePlanDto,
} from './space-upgrade.dto';
import { SpaceUpgradeService } from './space-upgrade.service';

const ACTION = 'administer embedding spaces';

/** Embedding spaces and upgrades. All tenants share the spaces, so only the operator may call these. */
@ApiTags('admin')
@ApiBearerAuth()
@Controller('admin/embedding-spaces')
@RequireScope('admin')
export class SpaceUpgradeController {
  constructor(
    private readonly spaces: SpaceUpgradeService,
    private readonly creation: SpaceCreation,
  ) {}

  @Get()
  @ApiOperation({ summary: 'All embedding spaces, with the progress of upgrades (operator only)' })
  @ApiOkResponse({ type: EmbeddingSpaceListDto })
  async list(@CurrentPrincipal() principal: Principal): Promise<EmbeddingSpaceListDto> {
    refuseAllButOperator(principal, ACTION);
    return { embedding_spaces: await this.spaces.list() };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One embedding space (operator only)' })
  @ApiOkResponse({ type: EmbeddingSpaceDto })
  async get(
    @CurrentPrincipal() principal: Principal,
    @Param('id', ParseIntPipe) id: number,
  ): Promise<EmbeddingSpaceDto> {
    refuseAllButOperator(principal, ACTION);
    return this.spaces.get(id);
  }

  @Post()
  @Audited('embedding_space.create', ({ body }) => (body.dry_run === true ? null : { target: body.model }))
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Begin an upgrade: estimate its cost, create a space and fill it in the background',
    description: 'With `dry_run` only the cost is estimated (200).',
  })
  @ApiAcceptedResponse({ type: EmbeddingSpaceDto })
  @ApiOkResponse({ type: SpacePlanDto })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreateSpaceDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EmbeddingSpaceDto | SpacePlanDto> {
    refuseAllButOperator(principal, ACTION);
    const space = {
      model: body.model,
      dimensions: body.dimensions,
      maxCostUsd: body.max_cost_usd,
      usdPerMillionTokens: body.usd_per_million_tokens,
      chunksPerSecond: body.chunks_per_second,
    };
    if (!body.dry_run) return this.spaces.start(await this.creation.create(space));
    reply.status(HttpStatus.OK);
    return { estimate: await this.creation.estimate(space) };
  }

  @Post(':id/promote')
  @Audited('embedding_space.promote', ({ params, body }) => ({
    target: params.id,
    details: { force: body.force === true },
  }))
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Make this space the active one; refused below the gate unless forced' })
  @ApiOkResponse({ type: EmbeddingSpaceDto })
  promote(
    @CurrentPrincipal() principal: Principal,
    @Param('id', ParseIntPipe) id: number,
    @Body() { force }: ForceDto,
  ): Promise<EmbeddingSpaceDto> {
    refuseAllButOperator(principal, ACTION);
    return this.spaces.promote(id, force ?? false);
  }

  @Post(':id/rollback')
  @Audited('embedding_space.rollback', ({ params }) => ({ target: params.id }))
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Return from this active space to the previous one, which is the response' })
  @ApiOkResponse({ type: EmbeddingSpaceDto })
  rollback(
    @CurrentPrincipal() principal: Principal,
    @Param('id', ParseIntPipe) id: number,
  ): Promise<EmbeddingSpaceDto> {
    refuseAllButOperator(principal, ACTION);
    return this.spaces.rollback(id);
  }

  @Post(':id/retire')
  @Audited('embedding_space.retire', ({ params, body }) => ({
    target: params.id,
    details: { force: body.force === true },
  }))
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Drop a superseded space; refused within its grace period unless forced' })
  @ApiAcceptedResponse({ type: EmbeddingSpaceDto })
  retire(
    @CurrentPrincipal() principal: Principal,
    @Param('id', ParseIntPipe) id: number,
    @Body() { force }: ForceDto,
  ): Promise<EmbeddingSpaceDto> {
    refuseAllButOperator(principal, ACTION);
    return this.spaces.retire(id, force ?? false);
  }

  @Post(':id/pause')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Pause the work on this space until it is resumed' })
  @ApiOkResponse({ type: EmbeddingSpaceDto })
  pause(
    @CurrentPrincipal() principal: Principal,
    @Param('id', ParseIntPipe) id: number,
  ): Promise<EmbeddingSpaceDto> {
    refuseAllButOperator(principal, ACTION);
    return this.spaces.pause(id);
  }

  @Post(':id/resume')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Continue after a pause or a failure; a ready space is compared again' })
  @ApiAcceptedResponse({ type: EmbeddingSpaceDto })
  resume(
    @CurrentPrincipal() principal: Principal,
    @Param('id', ParseIntPipe) id: number,
    @Body() body: ResumeDto,
  ): Promise<EmbeddingSpaceDto> {
    refuseAllButOperator(principal, ACTION);
    return this.spaces.resume(id, body.chunks_per_second);
  }

  @Post(':id/cancel')
  @Audited('embedding_space.cancel', ({ params }) => ({ target: params.id }))
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Cancel the upgrade to a space that was never active' })
  @ApiAcceptedResponse({ type: EmbeddingSpaceDto })
  cancel(
    @CurrentPrincipal() principal: Principal,
    @Param('id', ParseIntPipe) id: number,
  ): Promise<EmbeddingSpaceDto> {
    refuseAllButOperator(principal, ACTION);
    return this.spaces.cancel(id);
  }
}
