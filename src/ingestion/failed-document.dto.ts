import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsOptional,
  IsString,
  IsUUID,
  MaxLength,
} from 'class-validator';
import type { FailedDocument } from '../corpus/failed-versions';
import { IngestErrorDto } from './ingest-job.dto';
import { PageDto } from '../common/page-cursor';

class FailureFilterDto {
  @ApiProperty({ required: false, description: 'Only the documents of this collection.' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  collection?: string;

  @ApiProperty({
    required: false,
    description: 'Only those that failed with this error.',
    example: 'EMPTY_DOCUMENT',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  code?: string;
}

/** Query string of `GET /admin/ingest/failed`. */
export class FailedDocumentListDto extends IntersectionType(PageDto, FailureFilterDto) {}

/** A document whose latest version failed for good. */
export class FailedDocumentDto {
  @ApiProperty()
  document_id: string;

  @ApiProperty()
  external_id: string;

  @ApiProperty()
  collection: string;

  @ApiProperty()
  version: number;

  @ApiProperty({ type: IngestErrorDto })
  error: IngestErrorDto;

  @ApiProperty({ format: 'date-time' })
  failed_at: string;
}

/** Answer to `GET /admin/ingest/failed`. */
export class FailedDocumentPageDto {
  @ApiProperty({ type: [FailedDocumentDto] })
  documents: FailedDocumentDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Null on the last page.' })
  next_cursor: string | null;
}

/** Body of `POST /admin/ingest/failed/retry`: which of them; `all`, or what the other fields say together. */
export class RetryFailedDto extends FailureFilterDto {
  @ApiProperty({ required: false, type: [String], description: 'Only these documents.' })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @IsUUID('all', { each: true })
  document_ids?: string[];

  @ApiProperty({ required: false, description: 'All of the tenant; needed where nothing else is said.' })
  @IsOptional()
  @IsBoolean()
  all?: boolean;
}

/** Answer to `POST /admin/ingest/failed/retry`. */
export class RetriedDto {
  @ApiProperty({ description: 'Documents that are queued again.' })
  retried: number;
}

export function toFailedDocumentDto(document: FailedDocument): FailedDocumentDto {
  return {
    document_id: document.documentId,
    external_id: document.externalId,
    collection: document.collection,
    version: document.version,
    error: document.error,
    failed_at: document.failedAt.toISOString(),
  };
}
