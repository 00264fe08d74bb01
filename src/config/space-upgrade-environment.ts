import { IsInt, IsNumber, IsOptional, Matches, Max, Min } from 'class-validator';
import { SemanticCacheEnvironment } from './semantic-cache-environment';
import { Setting } from './setting';

/** The settings of upgrades of the embedding space. @see docs/decisions/007-embedding-spaces.md */
export class SpaceUpgradeEnvironment extends SemanticCacheEnvironment {
  @Setting('Questions a minute that each process notes, for upgrades of the embedding space; 0 notes none.', {
    default: 60,
  })
  @IsInt()
  @Min(0)
  @Max(60_000)
  RECENT_QUESTIONS_PER_MINUTE: number;

  @Setting('Days after which a noted question is forgotten if nobody asks it again.', { default: 30 })
  @IsNumber()
  @Min(0.001)
  RECENT_QUESTION_RETENTION_DAYS: number;

  @Setting('Chunks a second that a backfill embeds at most; not set: as many as the model takes.', {
    type: 'number',
  })
  @IsOptional()
  @IsNumber()
  @Min(0.01)
  SPACE_BACKFILL_RATE?: number;

  @Setting('Questions, at most, by which a new embedding space is compared with the active one.', {
    default: 100,
  })
  @IsInt()
  @Min(1)
  @Max(10_000)
  SPACE_GATE_QUESTIONS: number;

  @Setting(
    'Least share (0 to 1) of the ten nearest chunks that both spaces find for a question, on the average.',
    {
      default: 0.3,
    },
  )
  @IsNumber()
  @Min(0)
  @Max(1)
  SPACE_GATE_OVERLAP: number;

  @Setting('Least recall (0 to 1) of the new space’s index against exact search.', { default: 0.9 })
  @IsNumber()
  @Min(0)
  @Max(1)
  SPACE_GATE_RECALL: number;

  @Setting('Hours that a space which was superseded is kept for a rollback before it may be retired.', {
    default: 24,
  })
  @IsNumber()
  @Min(0)
  SPACE_RETIRE_GRACE_HOURS: number;

  @Setting(
    'Seconds between the retirement of a space and the end of its table: longer than a request takes.',
    {
      default: 60,
    },
  )
  @IsNumber()
  @Min(2)
  SPACE_DROP_DELAY_SECONDS: number;

  @Setting(
    'Postgres’ `maintenance_work_mem` for building an index, e.g. `2GB`; not set: the server’s. Needs a direct connection or PgBouncer in session mode.',
  )
  @IsOptional()
  @Matches(/^[1-9]\d{0,8}(kB|MB|GB)$/, { message: '$property must look like 512MB or 2GB' })
  SPACE_INDEX_MEMORY?: string;

  @Setting('Parallel workers for building an index (`max_parallel_maintenance_workers`), likewise.', {
    type: 'number',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1024)
  SPACE_INDEX_WORKERS?: number;
}
