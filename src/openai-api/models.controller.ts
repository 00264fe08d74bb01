import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../auth/require-scope.decorator';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';

/** OpenAI's list of models: the embedding models of this service, that of the active space first. */
@ApiTags('openai')
@ApiBearerAuth()
@Controller('v1/models')
export class ModelsController {
  constructor(private readonly spaces: EmbeddingSpaceService) {}

  @Get()
  @RequireScope('query')
  @ApiOperation({ summary: "The models of this service, in OpenAI's shape" })
  async list() {
    const names = new Set((await this.spaces.writable()).map(({ model }) => model));
    return {
      object: 'list',
      data: [...names].map((id) => ({ id, object: 'model', created: 0, owned_by: 'evergreen' })),
    };
  }
}
