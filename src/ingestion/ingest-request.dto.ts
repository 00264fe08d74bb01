import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  isISO8601,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  registerDecorator,
  ValidateIf,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import { problemOfText } from '../common/hostile-value';
import { problemOfMetadata } from './document-check';
import { MEDIA_TYPES } from './media-type';
import { MAX_TITLE_LENGTH } from './parsers/parsed-document';

/** One document of a request; its fields are the contract of the public API. */
export class IngestDocumentDto {
  @ApiProperty({
    example: 'handbook/refunds.md',
    maxLength: 1024,
    required: false,
    description:
      'Names the document within its collection; sending it again replaces it. Default for a `url`: the URL.',
  })
  @ValidateIf(({ url, external_id }: IngestDocumentDto) => url == null || external_id != null)
  @IsString()
  @MaxLength(1024)
  @Matches(/[^\s\p{C}]/u, { message: 'external_id must not be empty' })
  @IsStorable()
  external_id?: string;

  @ApiProperty({ required: false, description: 'The text. Files (PDF, Office) go by multipart.' })
  @IsOptional()
  @IsString()
  content?: string;

  @ApiProperty({
    required: false,
    example: 'https://example.org/handbook.pdf',
    description:
      'Where a worker fetches it (http or https), in place of `content`. Sent again, what did not change there makes no new version.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(8192)
  url?: string;

  @ApiProperty({
    required: false,
    enum: MEDIA_TYPES,
    description: 'Default: what the content shows, else what the ending of `external_id` says.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  mime_type?: string;

  @ApiProperty({
    required: false,
    maxLength: MAX_TITLE_LENGTH,
    description: 'Default: what the document calls itself.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_TITLE_LENGTH)
  @IsStorable()
  title?: string;

  @ApiProperty({
    required: false,
    format: 'date-time',
    description: 'When the source was changed; decides how long answers are kept.',
  })
  @IsOptional()
  @IsPointInTime()
  last_modified?: string;

  @ApiProperty({
    required: false,
    type: Object,
    description: 'Anything to filter by.',
    example: { region: 'eu', year: 2025 },
  })
  @IsOptional()
  @IsMetadata()
  metadata?: Record<string, unknown>;

  @ApiProperty({
    required: false,
    type: [String],
    example: ['group:hr', 'user:alice'],
    description: 'Who may read it. Default: everyone of the tenant.',
  })
  @IsOptional()
  @IsAcl()
  acl?: string[];
}

/** Query string of `POST /admin/ingest`. */
export class IngestQueryDto {
  @ApiProperty({ required: false, description: 'Where the documents go, if the body does not say.' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  collection?: string;
}

/** Body of `POST /admin/ingest`. */
export class IngestRequestDto {
  @ApiProperty({ required: false, default: 'default' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  collection?: string;

  @ApiProperty({ type: [IngestDocumentDto] })
  @IsArray()
  @ArrayMinSize(1, { message: 'documents must hold at least one' })
  @ValidateNested({ each: true })
  @Type(() => IngestDocumentDto)
  documents: IngestDocumentDto[];
}

/** The property is a list of at least one principal. */
export function IsAcl(): PropertyDecorator {
  return applyDecorators(
    IsArray(),
    ArrayMinSize(1, { message: 'acl must name somebody; leave it out for everyone' }),
    ArrayMaxSize(1000),
    IsString({ each: true }),
    IsNotEmpty({ each: true }),
    MaxLength(256, { each: true }),
    IsStorable(),
  );
}

/** The property is a string, or a list of strings, that Postgres can store. */
function IsStorable(): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'isStorable',
      target: target.constructor,
      propertyName: propertyName as string,
      validator: {
        validate: (value: unknown) => problemOfStrings(value) === null,
        defaultMessage: ({ value, property }: ValidationArguments) =>
          `${property} ${problemOfStrings(value) ?? ''}`,
      },
    });
}

function problemOfStrings(value: unknown): string | null {
  for (const text of Array.isArray(value) ? value : [value]) {
    const problem = typeof text === 'string' ? problemOfText(text) : null;
    if (problem !== null) return problem;
  }
  return null;
}

/** From the year 1 to 9999: what JavaScript, Postgres and clients write alike. */
const [EARLIEST_MS, LATEST_MS] = ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'].map(Date.parse);

/** The property is a date of ISO 8601 that names a point in time: a week, or a date without dashes, is none for JavaScript. */
function IsPointInTime(): PropertyDecorator {
  const isPointInTime = (value: unknown) => {
    if (typeof value !== 'string' || !isISO8601(value, { strict: true, strictSeparator: true })) return false;
    const ms = Date.parse(value);
    return ms >= EARLIEST_MS && ms <= LATEST_MS;
  };
  return (target, propertyName) =>
    registerDecorator({
      name: 'isPointInTime',
      target: target.constructor,
      propertyName: propertyName as string,
      validator: {
        validate: isPointInTime,
        defaultMessage: () => '$property must be a date such as 2026-11-22 or 2026-11-22T10:00:00Z',
      },
    });
}

/** The property is metadata as {@link problemOfMetadata} allows it. */
function IsMetadata(): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'isMetadata',
      target: target.constructor,
      propertyName: propertyName as string,
      validator: {
        validate: (value: unknown) => problemOfMetadata(value) === null,
        defaultMessage: ({ value, property }: ValidationArguments) =>
          `${property} ${problemOfMetadata(value) ?? ''}`,
      },
    });
}
