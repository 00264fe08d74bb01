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

  @ApiPropertyOptional({ description: 'Only estimate what it takes.', default: false })
  @IsOptional()
  @IsBoolean()
  dry_run?: boolean;

  @ApiPropertyOptional({
    description: 'Do not begin if the estimate is above this many US dollars, or not known.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  max_cost_usd?: number;

  @ApiPropertyOptional({ description: 'What the model costs, where the service does not know it.' })
  @IsOptional()
  @IsNumber()
  @Min(0)
  usd_per_million_tokens?: number;

  @ApiPropertyOptional({ description: 'Chunks embedded per second, at most; default `SPACE_BACKFILL_RATE`.' })
  @IsOptional()
  @IsNumber()
  @Min(0.01)
  @Max(MAX_CHUNKS_PER_SECOND)
  chunks_per_second?: number;
}

/** `POST /admin/embedding-spaces/:id/promote`, `…/retire` */
export class ForceDto {
  @ApiPropertyOptional({ description: 'Whatever the gate or the grace period says.', default: false })
  @IsOptional()
  @IsBoolean()
  force?: boolean;
}

/** `POST /admin/embedding-spaces/:id/resume` */
export class ResumeDto {
  @ApiPropertyOptional({ description: 'From now on, at most.' })
  @IsOptional()
  @IsNumber()
  @Min(0.01)
  @Max(MAX_CHUNKS_PER_SECOND)
  chunks_per_second?: number;
}

/** What embedding all chunks takes. */
export class CostEstimateDto implements CostEstimate {
  @ApiProperty({ description: 'Chunks of all tenants.' })
  chunks: number;

  @ApiProperty({ description: 'Tokens to be embedded, cached texts left out; from a sample.' })
  tokens: number;

  @ApiProperty({ description: 'Share of the texts that the embedding cache has already, 0 to 1.' })
  cached_share: number;

  @ApiProperty({ nullable: true, type: Number, description: 'Null where the price is not known.' })
  cost_usd: number | null;
}

/** Where the upgrade to a space is. */
export class SpaceUpgradeDto {
  @ApiProperty({ enum: ['backfill', 'index', 'compare', 'answers', 'drop', 'done'] })
  stage: UpgradeStage;

  @ApiProperty()
  stage_since: string;

  @ApiProperty()
  paused: boolean;

  @ApiProperty({ nullable: true, type: String, description: 'Why it does not go on.' })
  error: string | null;

  @ApiProperty()
  chunks_done: number;

  @ApiProperty()
  chunks_total: number;

  @ApiProperty({ description: 'Share of the backfill that is done, 0 to 1.' })
  progress: number;

  @ApiProperty({ nullable: true, type: Number, description: 'Chunks embedded per second, lately.' })
  chunks_per_second: number | null;

  @ApiProperty({
    nullable: true,
    type: Number,
    description: 'Until the backfill is done; null while nobody knows.',
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
    description: 'How it compares with the space that was active then.',
  })
  comparison: SpaceComparison | null;

  @ApiProperty({ description: 'Cached answers taken along since the promotion.' })
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

  @ApiProperty({ description: 'Chunks were published without their vector in it; a worker catches up.' })
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
  // Documents come and go meanwhile.
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
