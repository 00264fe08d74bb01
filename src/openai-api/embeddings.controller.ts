import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../auth/require-scope.decorator';
import { AppError } from '../common/app-error';
import { toFloat32Bytes } from '../common/vector';
import { EmbeddingCacheService } from '../embedding-cache/embedding-cache.service';
import { EMBEDDING_MODEL, type EmbeddingModel } from '../models/embedding-model';
import { EmbeddingsDto } from './embeddings.dto';

/** OpenAI's embeddings endpoint over the embedding cache: any client pointed here pays for each text once. */
@ApiTags('openai')
@ApiBearerAuth()
@Controller('v1/embeddings')
export class EmbeddingsController {
  constructor(
    private readonly cache: EmbeddingCacheService,
    @Inject(EMBEDDING_MODEL) private readonly model: EmbeddingModel,
  ) {}

  @Post()
  @HttpCode(200)
  @RequireScope('query')
  @ApiOperation({ summary: "Embed texts, in OpenAI's shape" })
  async create(@Body() body: EmbeddingsDto) {
    this.demandConfigured(body);
    const texts = Array.isArray(body.input) ? body.input : [body.input];
    const vectors = await this.cache.embedAll(texts);
    const tokens = texts.reduce((sum, text) => sum + this.model.countTokens(text), 0);
    return {
      object: 'list',
      model: this.model.name,
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding:
          body.encoding_format === 'base64' ? toFloat32Bytes(vector).toString('base64') : Array.from(vector),
      })),
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    };
  }

  private demandConfigured({ model, dimensions }: EmbeddingsDto): void {
    if (model !== this.model.name)
      throw invalid('model', `must be ${this.model.name}, the model of this service`);
    if (dimensions !== undefined && dimensions !== this.model.dimensions)
      throw invalid('dimensions', `must be ${this.model.dimensions}, the dimensions of this service`);
  }
}

function invalid(field: string, problem: string): AppError {
  return new AppError('VALIDATION_FAILED', `${field} ${problem}.`, {
    details: { fields: [{ field, problem }] },
  });
}
