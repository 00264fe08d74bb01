import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import type { SemanticCacheStats } from '../semantic-cache/semantic-cache.service';
import type { ShareEstimate } from '../semantic-cache/verifier/calibration';

/** Query string of `DELETE /admin/cache`; without any of its fields all answers are meant. */
export class PurgeDto {
  @ApiProperty({ required: false, description: 'Only the answers of this collection.' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  collection?: string;

  @ApiProperty({ required: false, description: 'Only the answers built on this document.' })
  @IsOptional()
  @IsUUID()
  document_id?: string;
}

/** Answer to `DELETE /admin/cache`. */
export class PurgedDto {
  @ApiProperty({ description: 'Answers that are gone.' }) purged: number;
}

/** Body of `POST /admin/cache/feedback`. */
export class FeedbackDto {
  @ApiProperty({ description: '`request_id` of an answer of the last hour.' })
  @IsString()
  @MaxLength(128)
  request_id: string;

  @ApiProperty({ enum: ['wrong'] })
  @IsIn(['wrong'])
  verdict: 'wrong';
}

/** Answer to `POST /admin/cache/feedback`. */
export class EvictedDto {
  @ApiProperty({ description: 'Stored answers and wordings that are gone.' }) evicted: number;
}

class HitsByLayerDto {
  @ApiProperty() exact: number;
  @ApiProperty() semantic: number;
}

class WrongShareDto {
  @ApiProperty({ description: '0 to 1.' }) estimate: number;
  @ApiProperty({ description: 'Of the 95 % interval.' }) lower: number;
  @ApiProperty({ description: 'Of the 95 % interval.' }) upper: number;
  @ApiProperty({ description: 'Served answers that a language model looked at.' }) judged: number;
}

/** Answer to `GET /admin/cache/stats`: the entries of the caller's tenant; its hits in this process since it started. */
export class SemanticCacheStatsDto {
  @ApiProperty({
    type: String,
    nullable: true,
    enum: ['memory', 'vector-set', 'search'],
    description: 'Where questions are looked up; null while nobody knows.',
  })
  index: string | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Null while the index cannot be asked.' })
  entries: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'That the entries take there.' })
  bytes: number | null;

  @ApiProperty() hits: HitsByLayerDto;
  @ApiProperty() misses: number;
  @ApiProperty({ description: 'Share of the answers to questions in other words that may be wrong, 0 to 1.' })
  error_budget: number;
  @ApiProperty({
    type: WrongShareDto,
    nullable: true,
    description:
      'The share that was wrong, of the last 30 days; null where none was judged (`SEMANTIC_CACHE_JUDGE`) or Postgres is unavailable.',
  })
  wrong_share: WrongShareDto | null;
  @ApiProperty() saved_tokens: number;
  @ApiProperty({ description: 'US dollars.' }) saved_usd: number;
}

export function toSemanticCacheStatsDto(
  stats: SemanticCacheStats,
  wrongShare: ShareEstimate | null,
): SemanticCacheStatsDto {
  const { errorBudget, savedTokens, savedUsd, ...rest } = stats;
  const saved = { saved_tokens: savedTokens, saved_usd: savedUsd };
  return { ...rest, error_budget: errorBudget, wrong_share: wrongShare, ...saved };
}
