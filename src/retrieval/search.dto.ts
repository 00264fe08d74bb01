import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import type { Passage } from './passage';
import { QuestionDto } from './question.dto';
import { SEARCH_MODES, type SearchMode } from './search-request';
import { rankScore } from './visible-scores';

/** Body of `POST /search`. */
export class SearchDto extends QuestionDto {
  @ApiProperty({
    required: false,
    description:
      'Who searches. Documents with an ACL are read as `user:<user_id>` if the caller may act as that user.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  user_id?: string;

  @ApiProperty({ required: false, enum: SEARCH_MODES, default: 'hybrid' })
  @IsOptional()
  @IsIn(SEARCH_MODES)
  mode?: SearchMode;
}

/** A passage as `POST /search` shows it. */
export class PassageDto {
  @ApiProperty() chunk_id: string;
  @ApiProperty() document_id: string;
  @ApiProperty() external_id: string;
  @ApiProperty() version: number;
  @ApiProperty({ type: String, nullable: true }) title: string | null;
  @ApiProperty({ type: [String] }) heading_path: string[];
  @ApiProperty({ type: String, nullable: true, description: 'Page, slide or sheet.', example: '12' }) page:
    string | null;
  @ApiProperty({ example: 'english' }) language: string;
  @ApiProperty() start: number;
  @ApiProperty() end: number;
  @ApiProperty() content: string;
  @ApiProperty({
    description:
      'What it is ranked by, 0 to 1: fused, or the reranker’s; without the scope `admin` the reciprocal of its rank.',
  })
  score: number;
  @ApiProperty({ type: Number, nullable: true, description: 'Cosine similarity, -1 to 1.' }) vector_score:
    number | null;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Text relevance, ≥ 0; null without the scope `admin`, since hidden documents move it.',
  })
  text_score: number | null;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Share of the vector arm in the fused score, 0 to 1; null without the scope `admin`.',
  })
  vector_weight: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'As the reranker gave it.' }) rerank_score:
    number | null;
}

export class SearchResponseDto {
  @ApiProperty({ type: [PassageDto] }) passages: PassageDto[];
  @ApiProperty({
    description: 'Whether it had to do without the embedding model (text search alone) or the reranker.',
  })
  degraded: boolean;
  @ApiProperty() latency_ms: number;
  @ApiProperty() request_id: string;
}

/**
 * @param rank from 1
 * @param raw whether scores are shown as they were computed
 */
export function toPassageDto(passage: Passage, rank: number, raw: boolean): PassageDto {
  return {
    chunk_id: passage.chunkId,
    document_id: passage.documentId,
    external_id: passage.externalId,
    version: passage.version,
    title: passage.title,
    heading_path: passage.headingPath,
    page: passage.page,
    language: passage.language,
    start: passage.start,
    end: passage.end,
    content: passage.content,
    score: raw ? passage.score : rankScore(rank),
    vector_score: passage.vectorScore,
    text_score: raw ? passage.textScore : null,
    vector_weight: raw ? passage.vectorWeight : null,
    rerank_score: passage.rerankScore,
  };
}
