import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../auth/require-scope.decorator';
import { EMBEDDING_MODEL, type EmbeddingModel } from '../models/embedding-model';

/** OpenAI's list of models: the embedding model of this service. */
@ApiTags('openai')
@ApiBearerAuth()
@Controller('v1/models')
export class ModelsController {
  constructor(@Inject(EMBEDDING_MODEL) private readonly model: EmbeddingModel) {}

  @Get()
  @RequireScope('query')
  @ApiOperation({ summary: "The models of this service, in OpenAI's shape" })
  list() {
    return {
      object: 'list',
      data: [{ id: this.model.name, object: 'model', created: 0, owned_by: 'evergreen' }],
    };
  }
}
