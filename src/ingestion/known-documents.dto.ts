import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import type { KnownDocument } from '../corpus/document-store';

/** A document as its sender has it. */
export class KnownDocumentDto {
  @ApiProperty({ example: 'handbook/refunds.md' })
  @IsString()
  @MaxLength(1024)
  external_id: string;

  @ApiProperty({ description: 'SHA-256 of its bytes, hexadecimal.' })
  @Matches(/^[0-9a-f]{64}$/, { message: 'sha256 must be 64 hexadecimal digits in lower case' })
  sha256: string;
}

/** Body of `POST /admin/documents/changed`. */
export class KnownDocumentsDto {
  @ApiProperty({ required: false, default: 'default' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  collection?: string;

  @ApiProperty({ type: [KnownDocumentDto] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => KnownDocumentDto)
  documents: KnownDocumentDto[];
}

/** Answer to `POST /admin/documents/changed`. */
export class ChangedDocumentsDto {
  @ApiProperty({
    type: [String],
    description:
      'External ids of those whose latest version holds other bytes, or failed, or that are not there.',
  })
  changed: string[];
}

export function toKnownDocument({ external_id, sha256 }: KnownDocumentDto): KnownDocument {
  return { externalId: external_id, sha256 };
}
