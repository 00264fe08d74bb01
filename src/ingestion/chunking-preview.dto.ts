import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import type { Boundary, Chunk, CutKind, CutReason } from '../chunking/chunk';
import { ChunkingSettingsDto } from './collection.dto';
import { TEXT_MEDIA_TYPES } from './media-type';

/** A preview is waited for, and the windows of this much text take the local model some seconds. */
export const MAX_PREVIEW_LENGTH = 100_000;

const CUT_KINDS: CutKind[] = ['section', 'block', 'item', 'sentence', 'row', 'word'];
const CUT_REASONS: CutReason[] = ['section', 'drift', 'size', 'paragraph', 'evenness'];

/** Body of `POST /admin/chunking/preview`. */
export class ChunkingPreviewRequestDto {
  @ApiProperty({ maxLength: MAX_PREVIEW_LENGTH, example: '# Refunds\n\nRefunds are issued within 30 days.' })
  @IsString()
  @MaxLength(MAX_PREVIEW_LENGTH)
  text: string;

  @ApiProperty({ required: false, enum: TEXT_MEDIA_TYPES, default: 'text/markdown' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  mime_type?: string;

  @ApiProperty({
    required: false,
    type: ChunkingSettingsDto,
    description: 'As of a collection; what is left out comes from the configuration.',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => ChunkingSettingsDto)
  settings?: ChunkingSettingsDto;
}

/** A chunk that would be made. */
export class PreviewChunkDto {
  @ApiProperty()
  ordinal: number;

  @ApiProperty({ description: 'UTF-16 offset into the normalised text.' })
  start: number;

  @ApiProperty()
  end: number;

  @ApiProperty({ description: 'Tokens of the embedding model.' })
  tokens: number;

  @ApiProperty({ type: [String] })
  heading_path: string[];

  @ApiProperty()
  content: string;
}

/** A place that the chunker considered. */
export class PreviewBoundaryDto {
  @ApiProperty({ description: 'UTF-16 offset of the first character behind it.' })
  offset: number;

  @ApiProperty({ enum: CUT_KINDS, description: 'What a cut there parts.' })
  parts: CutKind;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Cosine similarity of what stands before and after; null where nothing was embedded.',
  })
  similarity: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'How far that lies below the similarities around, in their standard deviations.',
  })
  drift: number | null;

  @ApiProperty({
    enum: CUT_REASONS,
    nullable: true,
    description: 'Why a chunk ends there; null where it goes on.',
  })
  reason: CutReason | null;
}

/** Answer to `POST /admin/chunking/preview`. */
export class ChunkingPreviewDto {
  @ApiProperty({ type: ChunkingSettingsDto, description: 'The settings that were used, all of them.' })
  settings: ChunkingSettingsDto;

  @ApiProperty({ type: [PreviewChunkDto] })
  chunks: PreviewChunkDto[];

  @ApiProperty({
    type: [PreviewBoundaryDto],
    description: 'The drift curve: every place between two windows, in order. Only `drift` has one.',
  })
  boundaries: PreviewBoundaryDto[];
}

export function toPreviewChunkDto(chunk: Chunk): PreviewChunkDto {
  const { ordinal, start, end, content, tokenCount, headingPath } = chunk;
  return { ordinal, start, end, tokens: tokenCount, heading_path: headingPath, content };
}

export function toPreviewBoundaryDto({ similarity, drift, ...boundary }: Boundary): PreviewBoundaryDto {
  return { ...boundary, similarity: shortened(similarity), drift: shortened(drift) };
}

function shortened(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(4));
}
