import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import type { Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import type { FastifyReply } from 'fastify';
import type { AppError } from '../common/app-error';
import { untilUnwanted } from '../common/cancellation';
import { AppConfig } from '../config/app-config';
import { validationFailed } from '../common/validation-failed';
import { l2Normalise, toFloat32Bytes } from '../common/vector';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { TenantEmbeddings } from '../embedding-cache/tenant-embeddings';
import { EmbeddingCharges } from '../embedding-cache/embedding-charges';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import type { EmbeddingModel } from '../models/embedding-model';
import { EmbeddingsDto } from './embeddings.dto';

/** OpenAI's embeddings endpoint with the embedding cache: a client pays for each text once. */
@ApiTags('openai')
@ApiBearerAuth()
@Controller('v1/embeddings')
export class EmbeddingsController {
  constructor(
    private readonly caches: EmbeddingCaches,
    private readonly spaces: EmbeddingSpaceService,
    private readonly charges: EmbeddingCharges,
    private readonly config: AppConfig,
  ) {}

  @Post()
  @HttpCode(200)
  @RequireScope('query')
  @ApiOperation({ summary: "Embed texts, in OpenAI's format" })
  @ApiOkResponse({ description: 'OpenAI’s list of embeddings, with `usage`.' })
  async create(
    @Body() body: EmbeddingsDto,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const cache = await this.cacheFor(body.model, principal.tenantId);
    const { model } = cache;
    const dimensions = dimensionsOf(model, body.dimensions);
    const texts = Array.isArray(body.input) ? body.input : [body.input];
    const vectors = await cache.embedAll(texts, {
      charge: this.charges.of(principal, model),
      signal: untilUnwanted(reply, this.config.requestDeadlineMs),
    });
    const tokens = texts.reduce((sum, text) => sum + model.countTokens(text), 0);
    return {
      object: 'list',
      model: model.name,
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: encoded(shortened(vector, dimensions), body.encoding_format),
      })),
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    };
  }

  /** @returns the cache of an embedding space's model @throws AppError `VALIDATION_FAILED` for another model */
  private async cacheFor(name: string, tenantId: string): Promise<TenantEmbeddings> {
    const active = await this.spaces.active();
    const spaces = name === active.model ? [active] : await this.spaces.writable();
    const space = spaces.find(({ model }) => model === name);
    if (!space) throw invalid('model', `must be ${active.model}, the model of this service`);
    return this.caches.of(space, tenantId);
  }
}

/** @throws AppError `VALIDATION_FAILED` for dimensions that the model does not support */
function dimensionsOf(model: EmbeddingModel, dimensions: number | undefined): number {
  if (dimensions === undefined || dimensions === model.dimensions) return model.dimensions;
  if (!model.shortenable)
    throw invalid('dimensions', `must be ${model.dimensions}: ${model.name} supports no others`);
  if (dimensions > model.dimensions)
    throw invalid('dimensions', `must be 1 to ${model.dimensions}, those of this service`);
  return dimensions;
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
