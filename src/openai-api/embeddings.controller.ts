import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../auth/require-scope.decorator';
import type { AppError } from '../common/app-error';
import { validationFailed } from '../common/validation-failed';
import { l2Normalise, toFloat32Bytes } from '../common/vector';
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
    const dimensions = this.dimensionsFor(body);
    const texts = Array.isArray(body.input) ? body.input : [body.input];
    const vectors = await this.cache.embedAll(texts);
    const tokens = texts.reduce((sum, text) => sum + this.model.countTokens(text), 0);
    return {
      object: 'list',
      model: this.model.name,
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: encoded(shortened(vector, dimensions), body.encoding_format),
      })),
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    };
  }

  /** @throws AppError `VALIDATION_FAILED` for another model, or dimensions that it does not have */
  private dimensionsFor({ model: name, dimensions }: EmbeddingsDto): number {
    const { model } = this;
    if (name !== model.name) throw invalid('model', `must be ${model.name}, the model of this service`);
    if (dimensions === undefined || dimensions === model.dimensions) return model.dimensions;
    if (!model.shortenable)
      throw invalid('dimensions', `must be ${model.dimensions}: ${model.name} has no others`);
    if (dimensions > model.dimensions)
      throw invalid('dimensions', `must be 1 to ${model.dimensions}, those of this service`);
    return dimensions;
  }
}

function shortened(vector: Float32Array, dimensions: number): Float32Array {
  return dimensions === vector.length ? vector : l2Normalise(vector.subarray(0, dimensions));
}

function encoded(vector: Float32Array, format: EmbeddingsDto['encoding_format']): string | number[] {
  return format === 'base64' ? toFloat32Bytes(vector).toString('base64') : Array.from(vector);
}

function invalid(field: string, problem: string): AppError {
  return validationFailed([{ field, problem }]);
}
