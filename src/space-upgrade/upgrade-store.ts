import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { AppError } from '../common/app-error';
import { CorpusDatabase, type Sql } from '../corpus/corpus-database';
import { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import type { CostEstimate } from './cost-estimate';
import type { SpaceComparison } from './space-comparison';

/**
 * What a worker has to do for a space: fill it, index it, compare it (then it is `ready`), move cached answers to it after
 * its promotion, drop its table after its retirement. `done`: nothing, for now.
 */
export type UpgradeStage = 'backfill' | 'index' | 'compare' | 'answers' | 'drop' | 'done';

/** Where the upgrade to a space is. */
export interface SpaceUpgrade {
  spaceId: number;
  stage: UpgradeStage;
  stageSince: Date;
  paused: boolean;
  /** At most; null: as many as the model takes. */
  chunksPerSecond: number | null;
  estimate: CostEstimate | null;
  /** Chunks that the backfill has embedded. */
  chunksDone: number;
  /** Chunks per second, lately. */
  pace: number | null;
  comparison: SpaceComparison | null;
  /** Cached answers moved to the space since its promotion. */
  answersMoved: number;
  /** The space that they come from. */
  answersFrom: number | null;
  /** Why it does not go on. */
  error: string | null;
  startedAt: Date;
}

/** What may be changed of an upgrade, whatever its stage. */
export type UpgradeChange = Partial<
  Pick<SpaceUpgrade, 'paused' | 'chunksPerSecond' | 'error' | 'comparison' | 'answersMoved'>
>;

const COLUMNS = `space_id AS "spaceId", stage, stage_since AS "stageSince", paused, chunks_per_second AS "chunksPerSecond",
  estimate, chunks_done AS "chunksDone", pace, comparison, answers_moved AS "answersMoved",
  answers_from AS "answersFrom", error, started_at AS "startedAt"`;

/** Of Postgres' `integer`. */
const MOST_ID = 2_147_483_647;

/** Spaces and their upgrades in the database, which is the only truth about them: jobs come and go. */
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
    const space = id >= 1 && id <= MOST_ID ? await this.spaces.findOneBy({ id }) : null;
    if (space) return space;
    throw new AppError('EMBEDDING_SPACE_NOT_FOUND', `There is no embedding space ${id}.`, {
      details: { id },
    });
  }

  /** The upgrade to a space; null for one that only has a table. */
  async find(spaceId: number): Promise<SpaceUpgrade | null> {
    const rows = await this.database.sql<SpaceUpgrade>(
      `SELECT ${COLUMNS} FROM space_upgrade WHERE space_id = $1`,
      [spaceId],
    );
    return rows[0] ?? null;
  }

  /** Ids of the spaces for which a worker has something to do. */
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

  /** Goes on to another stage, unless somebody else has decided otherwise meanwhile. @returns whether it did */
  async moveOn(spaceId: number, from: UpgradeStage, to: UpgradeStage): Promise<boolean> {
    const rows = await this.database.sql(
      `UPDATE space_upgrade SET stage = $3, stage_since = now(), error = NULL, updated_at = now()
       WHERE space_id = $1 AND stage = $2
       RETURNING space_id`,
      [spaceId, from, to],
    );
    return rows.length > 0;
  }

  /** Ends the way to readiness: the space is complete, indexed and compared. @returns whether it was on that way */
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

  /** From now on, what is published without its vector in the space is noted anew. */
  async clearBehind(spaceId: number): Promise<void> {
    await this.database.sql(`UPDATE embedding_space SET behind = false WHERE id = $1 AND behind`, [spaceId]);
  }

  async noteBehind(spaceId: number): Promise<void> {
    await this.database.sql(`UPDATE embedding_space SET behind = true WHERE id = $1 AND NOT behind`, [
      spaceId,
    ]);
  }

  /** Chunks of all tenants. */
  async chunkCount(): Promise<number> {
    const [{ chunks }] = await this.database.sql<{ chunks: number }>(
      `SELECT coalesce(sum(chunk_count), 0)::integer AS chunks FROM collection`,
      [],
    );
    return chunks;
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.database.transaction(work);
  }
}
