import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
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
  @ApiOperation({ summary: 'Collections by name' })
  @ApiOkResponse({ type: CollectionListDto })
  async list(@CurrentPrincipal() { tenantId }: Principal): Promise<CollectionListDto> {
    return { collections: (await this.collections.list(tenantId)).map(toCollectionDto) };
  }

  @Post()
  @ApiOperation({ summary: 'Make a collection' })
  @ApiCreatedResponse({ type: CollectionDto })
  async create(
    @Body() body: NewCollectionDto,
    @CurrentPrincipal() { tenantId }: Principal,
  ): Promise<CollectionDto> {
    return toCollectionDto(await this.collections.create(tenantId, body.name, toSettings(body)));
  }

  @Get(':name')
  @ApiOperation({ summary: 'One collection' })
  @ApiOkResponse({ type: CollectionDto })
  async get(
    @Param('name') name: string,
    @CurrentPrincipal() { tenantId }: Principal,
  ): Promise<CollectionDto> {
    return toCollectionDto(await this.collections.find(tenantId, name));
  }

  @Patch(':name')
  @ApiOperation({ summary: 'Change name or settings; what is left out stays' })
  @ApiOkResponse({ type: CollectionDto })
  async update(
    @Param('name') name: string,
    @Body() body: CollectionChangeDto,
    @CurrentPrincipal() { tenantId }: Principal,
  ): Promise<CollectionDto> {
    const change = { name: body.name, settings: toSettings(body) };
    return toCollectionDto(await this.collections.update(tenantId, name, change));
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a collection with all its documents' })
  @ApiNoContentResponse()
  async delete(@Param('name') name: string, @CurrentPrincipal() { tenantId }: Principal): Promise<void> {
    await this.removal.removeCollection(tenantId, name);
  }
}
