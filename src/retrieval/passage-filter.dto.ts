import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsOptional,
  IsString,
  IsUUID,
  MaxLength,
  registerDecorator,
  type ValidationOptions,
} from 'class-validator';
import type { MetadataCondition, MetadataValue, PassageFilter } from './passage-filter';

const MAX_VALUES = 1000;
const MAX_KEYS = 20;

/** Which documents a question may be answered from. */
export class PassageFilterDto {
  @ApiProperty({ required: false, description: 'Only these documents.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_VALUES)
  @IsUUID(undefined, { each: true })
  document_ids?: string[];

  @ApiProperty({ required: false, description: 'Only the documents of these external ids.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_VALUES)
  @IsString({ each: true })
  @MaxLength(1024, { each: true })
  external_ids?: string[];

  @ApiProperty({
    required: false,
    type: Object,
    description: 'By metadata key: a value, or `{eq, in, gt, gte, lt, lte, exists}`.',
    example: {
      region: 'eu',
      year: { gte: 2020 },
      status: { in: ['final', 'signed'] },
      draft: { exists: false },
    },
  })
  @IsOptional()
  @IsMetadataFilter()
  metadata?: Record<string, MetadataValue | MetadataCondition>;
}

/** The DTO as the filter that retrieval works with. */
export function toPassageFilter(dto: PassageFilterDto | undefined): PassageFilter {
  return {
    ...(dto?.document_ids && { documentIds: dto.document_ids.map((id) => id.toLowerCase()) }),
    ...(dto?.external_ids && { externalIds: dto.external_ids }),
    ...(dto?.metadata && { metadata: dto.metadata }),
  };
}

const isScalar = (value: unknown): value is MetadataValue =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
const isBound = (value: unknown) => typeof value === 'string' || Number.isFinite(value);

const CONDITIONS: Record<keyof MetadataCondition, (value: unknown) => boolean> = {
  eq: isScalar,
  in: (value) => Array.isArray(value) && value.length <= MAX_VALUES && value.every(isScalar),
  gt: isBound,
  gte: isBound,
  lt: isBound,
  lte: isBound,
  exists: (value) => typeof value === 'boolean',
};

/** What is wrong with a metadata filter; null if nothing is. */
function problemOf(filter: unknown): string | null {
  if (filter === null || typeof filter !== 'object' || Array.isArray(filter)) return 'must be an object';
  const entries = Object.entries(filter);
  if (entries.length > MAX_KEYS) return `must not name more than ${MAX_KEYS} keys`;
  for (const [key, given] of entries) {
    if (key.includes('\u0000')) return 'must not name a key with a NUL character';
    if (isScalar(given)) continue;
    if (typeof given !== 'object' || Array.isArray(given))
      return `.${key} must be a value or an object of conditions`;
    for (const [name, value] of Object.entries(given)) {
      const accepts = CONDITIONS[name as keyof MetadataCondition];
      if (!accepts) return `.${key} must use only ${Object.keys(CONDITIONS).join(', ')}`;
      if (!accepts(value)) return `.${key}.${name} is not a valid operand`;
    }
  }
  return null;
}

function IsMetadataFilter(options?: ValidationOptions): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isMetadataFilter',
      target: target.constructor,
      propertyName: String(property),
      options,
      validator: {
        validate: (value) => problemOf(value) === null,
        defaultMessage: (args) => `$property ${problemOf(args?.value)}`,
      },
    });
}
