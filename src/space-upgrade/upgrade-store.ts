import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { AppError } from '../common/app-error';
import { CorpusDatabase } from '../corpus/corpus-database';
import { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import type { CostEstimate } from './cost-estimate';
import type { SpaceComparison } from './space-comparison';

/**
 * The next work on a space: fill it, index it, compare it (then it is `ready`), copy cached answers to it after its promotion,
 * drop its table after its retirement. `done`: nothing for now.
 */
export type UpgradeStage = 'backfill' | 'index' | 'compare' | 'answers' | 'drop' | 'done';

/** State of the upgrade to a space. */
export interface SpaceUpgrade {
  spaceId: number;
  stage: UpgradeStage;
  stageSince: Date;
  paused: boolean;
  /** Maximum; null: no limit. */
  chunksPerSecond: number | null;
  estimate: CostEstimate | null;
  /** Chunks that the backfill has embedded. */
  chunksDone: number;
  /** Chunks per second, recently. */
  pace: number | null;
  comparison: SpaceComparison | null;
  /** Cached answers copied to the space since its promotion. */
  answersMoved: number;
  /** Id of the space that they come from. */
  answersFrom: number | null;
  /** The latest error. */
  error: string | null;
  startedAt: Date;
}

/** Fields that may be changed in any stage. */
export type UpgradeChange = Partial<
  Pick<SpaceUpgrade, 'paused' | 'chunksPerSecond' | 'error' | 'comparison' | 'answersMoved'>
>;

const COLUMNS = `space_id AS "spaceId", stage, stage_since AS "stageSince", paused, chunks_per_second AS "chunksPerSecond",
  estimate, chunks_done AS "chunksDone", pace, comparison, answers_moved AS "answersMoved",
  answers_from AS "answersFrom", error, started_at AS "startedAt"`;

/** Largest `integer` of Postgres. */
const MAX_ID = 2_147_483_647;

/** The error for a call that the state of a space does not allow. @param details figures that explain it */
export function spaceConflict(message: string, details: Record<string, unknown>): AppError {
  return new AppError('EMBEDDING_SPACE_CONFLICT', message, { details });
}

/** Spaces and their upgrades in Postgres, the source of truth: jobs may be lost. */
@Injectable()
export class UpgradeStore {
  constructor(
    @InjectRepository(EmbeddingSpace) private readonly spaces: Repository<EmbeddingSpace>,
    private readonly database: CorpusDatabase,
  ) {}

  /** All spaces by id. */
  all(): Promise<EmbeddingSpace[]> {
    return this.spaces.find({ order: { id: 'ASC' } });
  }

  /** @throws AppError `EMBEDDING_SPACE_NOT_FOUND` */
  async space(id: number): Promise<EmbeddingSpace> {
    const space = id >= 1 && id <= MAX_ID ? await this.spaces.findOneBy({ id }) : null;
    if (space) return space;
    throw new AppError('EMBEDDING_SPACE_NOT_FOUND', `There is no embedding space ${id}.`, {
      details: { id },
    });
  }

  /** @returns the upgrade to a space; null if the space has only a table */
  async find(spaceId: number): Promise<SpaceUpgrade | null> {
    const rows = await this.database.sql<SpaceUpgrade>(
      `SELECT ${COLUMNS} FROM space_upgrade WHERE space_id = $1`,
      [spaceId],
    );
    return rows[0] ?? null;
  }

  /** @returns ids of the spaces that have work to do */
  async unfinished(): Promise<number[]> {
    const rows = await this.database.sql<{ id: number }>(
      `SELECT s.id
       FROM embedding_space s JOIN space_upgrade u ON u.space_id = s.id
       WHERE NOT u.paused AND (u.stage <> 'done' OR s.behind AND s.state IN ('backfilling', 'ready'))
       ORDER BY s.id`,
      [],
    );
    return rows.map(({ id }) => id);
  }

  async change(spaceId: number, change: UpgradeChange): Promise<void> {
    await this.database.sql(
      `UPDATE space_upgrade
       SET paused = coalesce($2, paused),
           chunks_per_second = CASE WHEN $3 THEN $4::real ELSE chunks_per_second END,
           error = CASE WHEN $5 THEN $6 ELSE error END,
           comparison = coalesce($7::jsonb, comparison),
           answers_moved = coalesce($8, answers_moved),
           updated_at = now()
       WHERE space_id = $1`,
      [
        spaceId,
        change.paused ?? null,
        change.chunksPerSecond !== undefined,
        change.chunksPerSecond ?? null,
        change.error !== undefined,
        change.error ?? null,
        change.comparison ? JSON.stringify(change.comparison) : null,
        change.answersMoved ?? null,
      ],
    );
  }

  /** Changes the stage, unless it is no longer `from`. @returns whether it was changed */
  async advance(spaceId: number, from: UpgradeStage, to: UpgradeStage): Promise<boolean> {
    const rows = await this.database.sql(
      `UPDATE space_upgrade SET stage = $3, stage_since = now(), error = NULL, updated_at = now()
       WHERE space_id = $1 AND stage = $2
       RETURNING space_id`,
      [spaceId, from, to],
    );
    return rows.length > 0;
  }

  /** Marks a space as ready after its comparison. @returns false if it is no longer at that stage */
  finishPreparation(spaceId: number): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      const rows = await sql(
        `UPDATE space_upgrade SET stage = 'done', stage_since = now(), error = NULL, updated_at = now()
         WHERE space_id = $1 AND stage = 'compare'
         RETURNING space_id`,
        [spaceId],
      );
      if (rows.length === 0) return false;
      await sql(`UPDATE embedding_space SET state = 'ready' WHERE id = $1 AND state = 'backfilling'`, [
        spaceId,
      ]);
      return true;
    });
  }

  /** Marks whether a space lacks vectors of published chunks. */
  async setBehind(spaceId: number, behind: boolean): Promise<void> {
    await this.database.sql(`UPDATE embedding_space SET behind = $2 WHERE id = $1 AND behind <> $2`, [
      spaceId,
      behind,
    ]);
  }

  /** @returns the number of chunks of all tenants */
  async chunkCount(): Promise<number> {
    const [{ chunks }] = await this.database.sql<{ chunks: number }>(
      `SELECT coalesce(sum(chunk_count), 0)::integer AS chunks FROM collection`,
      [],
    );
    return chunks;
  }
}
