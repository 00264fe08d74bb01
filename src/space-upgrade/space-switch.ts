import { Injectable } from '@nestjs/common';
import { NEXT_EPOCH } from '../corpus/collection';
import { CorpusDatabase } from '../corpus/corpus-database';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { MissingVectors } from './missing-vectors';
import { spaceConflict } from './upgrade-store';

/** Thrown to roll the transaction back. */
class Incomplete extends Error {
  constructor(readonly missing: number) {
    super(`${missing} chunks have no vector`);
  }
}

/** Changes which space is active, and retires spaces. */
@Injectable()
export class SpaceSwitch {
  constructor(
    private readonly database: CorpusDatabase,
    private readonly missing: MissingVectors,
  ) {}

  /**
   * Makes a space the active one, in one transaction that increases the epoch of every collection, so that each cached answer
   * is validated before it is served again. The transaction waits for running publications and blocks new ones, so each
   * publication sees one active space until its end. Readers do not wait. All chunks are checked before, while
   * publications continue; the transaction checks only documents that changed since.
   * @returns how many chunks have no vector in it; unless that is 0, nothing was changed
   * @throws AppError `EMBEDDING_SPACE_CONFLICT` if the space is no longer ready
   */
  async to(target: EmbeddingSpace): Promise<number> {
    const { id } = target;
    const { missing, since } = await this.missing.count(target);
    if (missing > 0) return missing;
    try {
      await this.database.transaction(async (sql) => {
        const [active] = await sql<{ id: number }>(
          `SELECT id FROM embedding_space WHERE state = 'active' FOR UPDATE`,
          [],
        );
        const [space] = await sql<{ state: string }>(
          `SELECT state FROM embedding_space WHERE id = $1 FOR UPDATE`,
          [id],
        );
        // Of two concurrent promotions the second finds no active space after its wait, because the first changed it.
        if (active === undefined || space?.state !== 'ready')
          throw spaceConflict(`The space ${id} is no longer ready.`, { id, state: space?.state ?? null });
        const late = await this.missing.countChanged(sql, target, since);
        if (late > 0) throw new Incomplete(late);
        await sql(`UPDATE collection SET epoch = ${NEXT_EPOCH}`, []);
        await sql(`UPDATE embedding_space SET state = 'ready', superseded_at = now() WHERE id = $1`, [
          active.id,
        ]);
        await sql(
          `UPDATE embedding_space SET state = 'active', promoted_at = now(), superseded_at = NULL, behind = false
           WHERE id = $1`,
          [id],
        );
        await sql(
          `UPDATE space_upgrade
           SET stage = 'answers', stage_since = now(), answers_from = $2, answers_moved = 0, paused = false, error = NULL
           WHERE space_id = $1`,
          [id, active.id],
        );
      });
      return 0;
    } catch (error) {
      if (error instanceof Incomplete) return error.missing;
      throw error;
    }
  }

  /**
   * Retires a space that is not active: it is no longer written to, and a worker drops its table.
   * @returns false if its state has changed in the meantime
   */
  retire({ id, state }: EmbeddingSpace): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      const rows = await sql(
        `UPDATE embedding_space SET state = 'retired', behind = false WHERE id = $1 AND state = $2 RETURNING id`,
        [id, state],
      );
      if (rows.length === 0) return false;
      await sql(
        `INSERT INTO space_upgrade (space_id, stage) VALUES ($1, 'drop')
         ON CONFLICT (space_id) DO UPDATE SET stage = 'drop', stage_since = now(), paused = false, error = NULL`,
        [id],
      );
      return true;
    });
  }
}
