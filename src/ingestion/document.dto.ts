import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { type Document, type StoredChunk, VERSION_STATUSES, type VersionStatus } from '../corpus/document';
import type { KnownDocument } from '../corpus/document-store';
import { IngestErrorDto } from './ingest-job.dto';
import { IsAcl } from './ingest-request.dto';
import { PageDto } from '../common/page-cursor';

class DocumentFilterDto {
  @ApiProperty({ required: false, description: 'Only the documents of this collection.' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  collection?: string;

  @ApiProperty({ required: false, description: 'Only the documents of this external id.' })
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  external_id?: string;
}

/** Query string of `GET /admin/documents`. */
export class DocumentListDto extends IntersectionType(PageDto, DocumentFilterDto) {}

/** A document. */
export class DocumentDto {
  @ApiProperty()
  document_id: string;

  @ApiProperty()
  external_id: string;

  @ApiProperty()
  collection: string;

  @ApiProperty({ description: 'Latest accepted version; `status` and `error` are its.' })
  version: number;

  @ApiProperty({ enum: VERSION_STATUSES })
  status: VersionStatus;

  @ApiProperty({ type: IngestErrorDto, nullable: true })
  error: IngestErrorDto | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'The version that questions are answered from; the fields below are its.',
  })
  searchable_version: number | null;

  @ApiProperty({ type: String, nullable: true })
  title: string | null;

  @ApiProperty()
  mime_type: string;

  @ApiProperty({ type: String, nullable: true, description: 'Where it is fetched from.' })
  url: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'english',
    description: 'By which its words are stemmed; `simple`: by none.',
  })
  language: string | null;

  @ApiProperty({ type: Object })
  metadata: Record<string, unknown>;

  @ApiProperty({ type: [String], nullable: true, description: 'Null: everyone of the tenant may read it.' })
  acl: string[] | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_modified: string | null;

  @ApiProperty()
  chunks: number;

  @ApiProperty({ format: 'date-time' })
  created_at: string;

  @ApiProperty({ format: 'date-time' })
  updated_at: string;
}

/** Answer to `GET /admin/documents`. */
export class DocumentPageDto {
  @ApiProperty({ type: [DocumentDto] })
  documents: DocumentDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Null on the last page.' })
  next_cursor: string | null;
}

/** A chunk of a document's searchable version. */
export class ChunkDto {
  @ApiProperty()
  chunk_id: string;

  @ApiProperty()
  version: number;

  @ApiProperty({ description: 'Position in the document, from 0.' })
  ordinal: number;

  @ApiProperty({ description: 'UTF-16 offset into the normalised text.' })
  start: number;

  @ApiProperty({ description: 'Offset of its end; the text between the two is `content`.' })
  end: number;

  @ApiProperty()
  content: string;

  @ApiProperty({ type: [String], description: 'The headings it stands under, outermost first.' })
  heading_path: string[];

  @ApiProperty({
    type: String,
    nullable: true,
    example: '12–13',
    description: 'Page or slide, or name of the sheet; null for a document without pages.',
  })
  page: string | null;

  @ApiProperty()
  token_count: number;
}

/** Answer to `GET /admin/documents/:id/chunks`. */
export class ChunkPageDto {
  @ApiProperty({ type: [ChunkDto] })
  chunks: ChunkDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Null on the last page.' })
  next_cursor: string | null;
}

/** Body of `PATCH /admin/documents/:id`. */
export class DocumentChangeDto {
  @ApiProperty({
    type: [String],
    nullable: true,
    example: ['group:hr', 'user:alice'],
    description: 'Who may read it, in place of what was said before; null: everyone of the tenant.',
  })
  @ValidateIf(({ acl }: DocumentChangeDto) => acl !== null)
  @IsAcl()
  acl: string[] | null;
}

/** Answer to `PATCH /admin/documents/:id`. */
export class DocumentAclDto {
  @ApiProperty()
  document_id: string;

  @ApiProperty({ type: [String], nullable: true, description: 'Null: everyone of the tenant may read it.' })
  acl: string[] | null;
}

/** Answer to `DELETE /admin/documents/:id`. */
export class DeletedDocumentDto {
  @ApiProperty()
  document_id: string;

  @ApiProperty({ enum: ['deleted'] })
  status: 'deleted';
}

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

export function toDocumentDto(document: Document): DocumentDto {
  return {
    document_id: document.id,
    external_id: document.externalId,
    collection: document.collection,
    version: document.version,
    status: document.status,
    error: document.error,
    searchable_version: document.searchableVersion,
    title: document.title,
    mime_type: document.mimeType,
    url: document.url,
    language: document.language,
    metadata: document.metadata,
    acl: document.acl,
    last_modified: document.lastModified?.toISOString() ?? null,
    chunks: document.chunks,
    created_at: document.createdAt.toISOString(),
    updated_at: document.updatedAt.toISOString(),
  };
}

export function toChunkDto(chunk: StoredChunk): ChunkDto {
  return {
    chunk_id: chunk.id,
    version: chunk.version,
    ordinal: chunk.ordinal,
    start: chunk.start,
    end: chunk.end,
    content: chunk.content,
    heading_path: chunk.headingPath,
    page: chunk.page,
    token_count: chunk.tokenCount,
  };
}

export function toKnownDocument({ external_id, sha256 }: KnownDocumentDto): KnownDocument {
  return { externalId: external_id, sha256 };
}
