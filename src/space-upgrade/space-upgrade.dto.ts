import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsNumber, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import type { CostEstimate } from './cost-estimate';
import type { SpaceComparison } from './space-comparison';
import type { IndexProgress } from './space-index';
import type { SpaceUpgrade, UpgradeStage } from './upgrade-store';

/** More than any model embeds; the database keeps it in single precision. */
const MAX_CHUNKS_PER_SECOND = 1e6;

/** `POST /admin/embedding-spaces` */
export class CreateSpaceDto {
  @ApiProperty({ example: 'text-embedding-3-large' })
  @IsString()
  @Length(1, 200)
  model: string;

  @ApiProperty({ example: 3072, maximum: 4000 })
  @IsInt()
  @Min(1)
  dimensions: number;

  @ApiPropertyOptional({ description: 'Only estimate the cost.', default: false })
  @IsOptional()
  @IsBoolean()
  dry_run?: boolean;

  @ApiPropertyOptional({
    description: 'Do not begin if the estimate is above this many US dollars, or unknown.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  max_cost_usd?: number;

  @ApiPropertyOptional({ description: 'Price of the model, if the service does not know it.' })
  @IsOptional()
  @IsNumber()
  @Min(0)
  usd_per_million_tokens?: number;

  @ApiPropertyOptional({
    description: 'Maximum of chunks embedded per second; default `SPACE_BACKFILL_RATE`.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0.01)
  @Max(MAX_CHUNKS_PER_SECOND)
  chunks_per_second?: number;
}

/** `POST /admin/embedding-spaces/:id/promote`, `…/retire` */
export class ForceDto {
  @ApiPropertyOptional({ description: 'Ignore the gate or the grace period.', default: false })
  @IsOptional()
  @IsBoolean()
  force?: boolean;
}

/** `POST /admin/embedding-spaces/:id/resume` */
export class ResumeDto {
  @ApiPropertyOptional({ description: 'New maximum of chunks embedded per second.' })
  @IsOptional()
  @IsNumber()
  @Min(0.01)
  @Max(MAX_CHUNKS_PER_SECOND)
  chunks_per_second?: number;
}

/** Estimated cost of embedding all chunks. */
export class CostEstimateDto implements CostEstimate {
  @ApiProperty({ description: 'Chunks of all tenants.' })
  chunks: number;

  @ApiProperty({ description: 'Tokens to embed, without cached texts; estimated from a sample.' })
  tokens: number;

  @ApiProperty({ description: 'Share of the texts that are in the embedding cache, 0 to 1.' })
  cached_share: number;

  @ApiProperty({ nullable: true, type: Number, description: 'Null if the price is unknown.' })
  cost_usd: number | null;
}

/** State of the upgrade to a space. */
export class SpaceUpgradeDto {
  @ApiProperty({ enum: ['backfill', 'index', 'compare', 'answers', 'drop', 'done'] })
  stage: UpgradeStage;

  @ApiProperty()
  stage_since: string;

  @ApiProperty()
  paused: boolean;

  @ApiProperty({ nullable: true, type: String, description: 'The latest error.' })
  error: string | null;

  @ApiProperty()
  chunks_done: number;

  @ApiProperty()
  chunks_total: number;

  @ApiProperty({ description: 'Completed share of the backfill, 0 to 1.' })
  progress: number;

  @ApiProperty({ nullable: true, type: Number, description: 'Chunks embedded per second, recently.' })
  chunks_per_second: number | null;

  @ApiProperty({
    nullable: true,
    type: Number,
    description: 'Until the backfill is complete; null if unknown.',
  })
  eta_seconds: number | null;

  @ApiProperty({
    nullable: true,
    type: Object,
    description: '`{phase, share}` while the index is being built.',
  })
  index: IndexProgress | null;

  @ApiProperty({ nullable: true, type: CostEstimateDto })
  estimate: CostEstimate | null;

  @ApiProperty({
    nullable: true,
    type: Object,
    description: 'Comparison with the space that was active then.',
  })
  comparison: SpaceComparison | null;

  @ApiProperty({ description: 'Cached answers copied to this space since the promotion.' })
  answers_moved: number;
}

/** An embedding space. */
export class EmbeddingSpaceDto {
  @ApiProperty()
  id: number;

  @ApiProperty()
  model: string;

  @ApiProperty()
  dimensions: number;

  @ApiProperty({ enum: ['vector', 'halfvec'] })
  storage: string;

  @ApiProperty({ enum: ['empty', 'backfilling', 'ready', 'active', 'retired'] })
  state: string;

  @ApiProperty({
    description: 'Chunks were published without their vector in this space; a worker catches up.',
  })
  behind: boolean;

  @ApiProperty()
  created_at: string;

  @ApiProperty({ nullable: true, type: String })
  promoted_at: string | null;

  @ApiProperty({ nullable: true, type: String })
  superseded_at: string | null;

  @ApiProperty({ nullable: true, type: SpaceUpgradeDto })
  upgrade: SpaceUpgradeDto | null;
}

/** `GET /admin/embedding-spaces` */
export class EmbeddingSpaceListDto {
  @ApiProperty({ type: [EmbeddingSpaceDto] })
  embedding_spaces: EmbeddingSpaceDto[];
}

/** Answer to a dry run. */
export class SpacePlanDto {
  @ApiProperty({ type: CostEstimateDto })
  estimate: CostEstimate;
}

export function toEmbeddingSpaceDto(
  space: EmbeddingSpace,
  upgrade: SpaceUpgrade | null,
  { chunks, index }: { chunks: number; index: IndexProgress | null },
): EmbeddingSpaceDto {
  const { id, model, dimensions, storage, state, behind } = space;
  return {
    id,
    model,
    dimensions,
    storage,
    state,
    behind,
    created_at: space.createdAt.toISOString(),
    promoted_at: space.promotedAt?.toISOString() ?? null,
    superseded_at: space.supersededAt?.toISOString() ?? null,
    upgrade: upgrade && toSpaceUpgradeDto(upgrade, chunks, index),
  };
}

function toSpaceUpgradeDto(
  upgrade: SpaceUpgrade,
  chunks: number,
  index: IndexProgress | null,
): SpaceUpgradeDto {
  const { stage, paused, error, estimate, comparison, answersMoved, chunksPerSecond } = upgrade;
  const isFilling = stage === 'backfill';
  // Documents may have been deleted in the meantime.
  const done = isFilling ? Math.min(upgrade.chunksDone, chunks) : chunks;
  const pace = upgrade.pace === null ? null : Math.min(upgrade.pace, chunksPerSecond ?? Infinity);
  return {
    stage,
    stage_since: upgrade.stageSince.toISOString(),
    paused,
    error,
    chunks_done: done,
    chunks_total: chunks,
    progress: chunks === 0 ? 1 : Math.round((1000 * done) / chunks) / 1000,
    chunks_per_second: pace === null ? null : Math.round(10 * pace) / 10,
    eta_seconds: isFilling && pace !== null && pace > 0 ? Math.ceil((chunks - done) / pace) : null,
    index,
    estimate,
    comparison,
    answers_moved: answersMoved,
  };
}
