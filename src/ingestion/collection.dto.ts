import { ApiProperty, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  registerDecorator,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import { CHUNKER_NAMES, type ChunkerName } from '../chunking/chunkers';
import type { ChunkingSettings } from '../chunking/chunking-settings';
import type { Collection, CollectionSettings } from '../corpus/collection';

/** How a collection's documents are chunked; what is left out comes from the configuration. */
export class ChunkingSettingsDto {
  @ApiProperty({
    required: false,
    enum: CHUNKER_NAMES,
    default: 'drift',
    description: 'Minimum and drift threshold concern `drift` alone.',
  })
  @IsOptional()
  @IsIn(CHUNKER_NAMES)
  chunker?: ChunkerName;

  @ApiProperty({ required: false, minimum: 16, maximum: 8192 })
  @IsOptional()
  @IsInt()
  @Min(16)
  @Max(8192)
  max_tokens?: number;

  @ApiProperty({ required: false, minimum: 0, maximum: 8192 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(8192)
  @FitsMaximum(1, 'must not exceed max_tokens')
  min_tokens?: number;

  @ApiProperty({ required: false, minimum: 0, maximum: 4096 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(4096)
  @FitsMaximum(0.5, 'must not exceed half of max_tokens')
  overlap_tokens?: number;

  @ApiProperty({ required: false, minimum: 0, maximum: 10 })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(10)
  drift_threshold?: number;
}

/** Body of `POST /admin/collections`. */
export class NewCollectionDto {
  @ApiProperty({ example: 'handbook', maxLength: 128 })
  @IsString()
  @MaxLength(128)
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
    message: 'name must be letters, digits, dots, dashes and underscores, beginning with a letter or digit',
  })
  name: string;

  @ApiProperty({ required: false, maxLength: 2000 })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  description?: string;

  @ApiProperty({
    required: false,
    type: ChunkingSettingsDto,
    description: 'Holds for documents that come in later.',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => ChunkingSettingsDto)
  chunking?: ChunkingSettingsDto;
}

/** Body of `PATCH /admin/collections/:name`. */
export class CollectionChangeDto extends PartialType(NewCollectionDto) {}

/** A collection. */
export class CollectionDto {
  @ApiProperty()
  collection_id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;

  @ApiProperty({ type: ChunkingSettingsDto })
  chunking: ChunkingSettingsDto;

  @ApiProperty({ description: 'Grows with every change that readers can see; a decimal of up to 64 bits.' })
  epoch: string;

  @ApiProperty({ required: false, description: 'Number of its documents; in lists only.' })
  documents?: number;

  @ApiProperty({ format: 'date-time' })
  created_at: string;
}

/** Answer to `GET /admin/collections`. */
export class CollectionListDto {
  @ApiProperty({ type: [CollectionDto] })
  collections: CollectionDto[];
}

export function toCollectionDto(collection: Collection & { documents?: number }): CollectionDto {
  const { description, chunking = {} } = collection.settings;
  return {
    collection_id: collection.id,
    name: collection.name,
    description: description ?? null,
    chunking: toChunkingSettingsDto(chunking),
    epoch: collection.epoch,
    ...(collection.documents !== undefined && { documents: collection.documents }),
    created_at: collection.createdAt.toISOString(),
  };
}

/** The settings that a body names; what it does not name stays as it is. */
export function toSettings({ description, chunking }: CollectionChangeDto): CollectionSettings {
  return {
    ...(description != null && { description }),
    ...(chunking != null && { chunking: toChunkingSettings(chunking) }),
  };
}

/** What a body says about chunking. */
export function toChunkingSettings(dto: ChunkingSettingsDto): ChunkingSettings {
  return {
    // What is null says no more than what is left out.
    chunker: dto.chunker ?? undefined,
    maxTokens: dto.max_tokens ?? undefined,
    minTokens: dto.min_tokens ?? undefined,
    overlapTokens: dto.overlap_tokens ?? undefined,
    driftThreshold: dto.drift_threshold ?? undefined,
  };
}

/** The settings that are chosen; no others. */
export function toChunkingSettingsDto(settings: ChunkingSettings): ChunkingSettingsDto {
  const { chunker, maxTokens, minTokens, overlapTokens, driftThreshold } = settings;
  return {
    ...(chunker !== undefined && { chunker }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(minTokens !== undefined && { min_tokens: minTokens }),
    ...(overlapTokens !== undefined && { overlap_tokens: overlapTokens }),
    ...(driftThreshold !== undefined && { drift_threshold: driftThreshold }),
  };
}

/** The property is at most this share of `max_tokens`, where that is given beside it. */
function FitsMaximum(share: number, problem: string): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'fitsMaximum',
      target: target.constructor,
      propertyName: propertyName as string,
      validator: {
        validate: (value: unknown, { object }: ValidationArguments) => {
          const { max_tokens: most } = object as ChunkingSettingsDto;
          return typeof value !== 'number' || typeof most !== 'number' || value <= most * share;
        },
        defaultMessage: () => `$property ${problem}`,
      },
    });
}
