import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Audited } from '../auth/audited.decorator';
import { mayUseCollection, requireCollection } from '../auth/collection-grant';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { CollectionStore } from '../corpus/collection-store';
import {
  CollectionChangeDto,
  CollectionDto,
  CollectionListDto,
  NewCollectionDto,
  toCollectionDto,
  toSettings,
} from './collection.dto';
import { DocumentRemoval } from './document-removal';

/** Collections of the caller's tenant, by name. */
@ApiTags('ingestion')
@ApiBearerAuth()
@Controller('admin/collections')
@RequireScope('ingest', 'admin')
export class CollectionsController {
  constructor(
    private readonly collections: CollectionStore,
    private readonly removal: DocumentRemoval,
  ) {}

  @Get()
  @RequireScope('ingest', 'documents:read', 'admin')
  @ApiOperation({ summary: 'Collections by name' })
  @ApiOkResponse({ type: CollectionListDto })
  async list(@CurrentPrincipal() principal: Principal): Promise<CollectionListDto> {
    const collections = await this.collections.list(principal.tenantId);
    const granted = collections.filter(({ name }) => mayUseCollection(principal, name));
    return { collections: granted.map(toCollectionDto) };
  }

  @Post()
  @Audited('collection.create', ({ body }) => ({ target: body.name }))
  @ApiOperation({ summary: 'Make a collection' })
  @ApiCreatedResponse({ type: CollectionDto })
  async create(
    @Body() body: NewCollectionDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<CollectionDto> {
    requireCollection(principal, body.name);
    return toCollectionDto(await this.collections.create(principal.tenantId, body.name, toSettings(body)));
  }

  @Get(':name')
  @RequireScope('ingest', 'documents:read', 'admin')
  @ApiOperation({ summary: 'One collection' })
  @ApiOkResponse({ type: CollectionDto })
  async get(@Param('name') name: string, @CurrentPrincipal() principal: Principal): Promise<CollectionDto> {
    requireCollection(principal, name);
    return toCollectionDto(await this.collections.find(principal.tenantId, name));
  }

  @Patch(':name')
  @Audited('collection.update', ({ params, body }) => ({
    target: params.name,
    details: { name: typeof body.name === 'string' ? body.name : null },
  }))
  @ApiOperation({ summary: 'Change name or settings; what is left out stays' })
  @ApiOkResponse({ type: CollectionDto })
  async update(
    @Param('name') name: string,
    @Body() body: CollectionChangeDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<CollectionDto> {
    requireCollection(principal, name);
    if (body.name !== undefined) requireCollection(principal, body.name);
    const change = { name: body.name, settings: toSettings(body) };
    return toCollectionDto(await this.collections.update(principal.tenantId, name, change));
  }

  @Delete(':name')
  @Audited('collection.delete', ({ params }) => ({ target: params.name }))
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a collection with all its documents' })
  @ApiNoContentResponse()
  async delete(@Param('name') name: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    requireCollection(principal, name);
    await this.removal.removeCollection(principal.tenantId, name);
  }
}
