import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { mayUseCollection } from '../auth/collection-grant';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { AppError } from '../common/app-error';
import { DEFAULT_COLLECTION } from '../corpus/collection';
import { CollectionStore } from '../corpus/collection-store';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';

/** OpenAI's models: collections, for chat, and embedding models, that of the active space first. */
@ApiTags('openai')
@ApiBearerAuth()
@Controller('v1/models')
export class ModelsController {
  constructor(
    private readonly collections: CollectionStore,
    private readonly spaces: EmbeddingSpaceService,
  ) {}

  @Get()
  @RequireScope('query')
  @ApiOperation({ summary: "Collections and embedding models, in OpenAI's format" })
  @ApiOkResponse({ description: 'OpenAI’s list of models.' })
  async list(@CurrentPrincipal() principal: Principal) {
    const [collections, spaces] = await Promise.all([
      this.collections.list(principal.tenantId),
      this.spaces.writable(),
    ]);
    const created = new Map<string, number>([[DEFAULT_COLLECTION, 0]]);
    for (const { name, createdAt } of collections) created.set(name, Math.floor(createdAt.getTime() / 1000));
    for (const { model } of spaces) if (!created.has(model)) created.set(model, 0);
    const embeddingModels = new Set(spaces.map(({ model }) => model));
    const granted = [...created].filter(([id]) => embeddingModels.has(id) || mayUseCollection(principal, id));
    const data = granted.map(([id, seconds]) => ({
      id,
      object: 'model',
      created: seconds,
      owned_by: 'evergreen',
    }));
    return { object: 'list', data };
  }

  @Get(':id')
  @RequireScope('query')
  @ApiOperation({ summary: "One collection or embedding model, in OpenAI's format" })
  @ApiOkResponse({ description: 'OpenAI’s model.' })
  async one(@Param('id') id: string, @CurrentPrincipal() principal: Principal) {
    const model = (await this.list(principal)).data.find((other) => other.id === id);
    if (!model)
      throw new AppError('COLLECTION_NOT_FOUND', `There is no collection or embedding model "${id}".`);
    return model;
  }
}
