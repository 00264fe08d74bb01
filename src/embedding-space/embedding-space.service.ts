import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock, isYounger } from '../common/clock';
import { AppConfig } from '../config/app-config';
import type { Sql } from '../corpus/corpus-database';
import type { VectorTables } from '../corpus/document';
import { DatabaseReads } from '../database/database-reads';
import { databaseUnavailable, isDatabaseUnavailable } from '../database/database-errors';
import { EmbeddingSpace, tableOf } from './embedding-space.entity';

/** A promotion is seen by every process within this time; its epoch change is seen at once. */
const ACTIVE_SPACE_MAX_AGE_MS = 1000;

/** Which embedding spaces there are, and the check that this process speaks the language of the active one. */
@Injectable()
export class EmbeddingSpaceService implements OnApplicationBootstrap {
  private readonly logger = new Logger('EmbeddingSpace');
  private cached: { space: EmbeddingSpace; readAtMs: number } | null = null;
  private reading: Promise<EmbeddingSpace> | null = null;

  constructor(
    @InjectRepository(EmbeddingSpace) private readonly spaces: Repository<EmbeddingSpace>,
    private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly reads: DatabaseReads,
  ) {}

  /**
   * Compares the configured model with the active space. One of another space in use is good enough for a start, since
   * processes restart in the middle of an upgrade, too.
   * @throws AppError `EMBEDDING_DIMENSION_MISMATCH`, which stops the process
   */
  async onApplicationBootstrap(): Promise<void> {
    const space = await this.active();
    const { model, dimensions } = this.config.embedding;
    const isConfigured = (other: EmbeddingSpace) => other.model === model && other.dimensions === dimensions;
    if (isConfigured(space)) return;
    const settings = `EMBEDDING_MODEL=${space.model} and EMBEDDING_DIMENSIONS=${space.dimensions}`;
    const other = (await this.writable()).find(isConfigured);
    if (other) {
      this.logger.warn(
        `The active embedding space ${space.id} is of ${space.model} with ${space.dimensions} dimensions; the ` +
          `configuration names the space ${other.id} (${other.state}). Set ${settings} once no rollback is wanted.`,
      );
      return;
    }
    throw new AppError(
      'EMBEDDING_DIMENSION_MISMATCH',
      `The database holds vectors of ${space.model} with ${space.dimensions} dimensions, but the configuration names ` +
        `${model} with ${dimensions}. Set ${settings}; to change the model, start so, and then run ` +
        `\`npm run migration:space -- --model ${model} --dimensions ${dimensions}\` and \`npm run migration:run\`, ` +
        `and POST /admin/embedding-spaces; or start with an empty database (another DATA_DIR or DATABASE_URL).`,
      {
        details: {
          active: { model: space.model, dimensions: space.dimensions },
          configured: { model, dimensions },
        },
      },
    );
  }

  /** The space that questions are asked of; at most a second old. @throws AppError `DATABASE_UNAVAILABLE` */
  async active(): Promise<EmbeddingSpace> {
    const nowMs = this.clock.nowMs();
    if (this.cached && isYounger(this.cached.readAtMs, nowMs, ACTIVE_SPACE_MAX_AGE_MS))
      return this.cached.space;
    // A crowd whose copy has just become too old reads once.
    this.reading ??= this.readActive().finally(() => (this.reading = null));
    return this.reading;
  }

  /**
   * Whether a space is the active one; if so it stays that until the transaction ends, as a promotion waits for it.
   * @param sql runs a statement of the transaction
   */
  async holdActive(sql: Sql, { id }: EmbeddingSpace): Promise<boolean> {
    const rows = await sql(`SELECT 1 FROM embedding_space WHERE id = $1 AND state = 'active' FOR SHARE`, [
      id,
    ]);
    return rows.length > 0;
  }

  /** Notes that chunks are published without their vector in a space, for its backfill to catch up. */
  async noteBehind({ id }: EmbeddingSpace): Promise<void> {
    await this.spaces.update({ id, behind: false }, { behind: true });
  }

  /** The spaces whose vectors are kept complete: what is written to and deleted from. The active one first. */
  async writable(): Promise<EmbeddingSpace[]> {
    const spaces = await this.spaces.findBy({ state: In(['active', 'backfilling', 'ready']) });
    return spaces.sort((a, b) => Number(b.state === 'active') - Number(a.state === 'active') || a.id - b.id);
  }

  /** Their tables, as a transaction sees them now. */
  readonly tables: VectorTables = async (sql) => {
    const rows = await sql<Pick<EmbeddingSpace, 'id' | 'storage'>>(
      `SELECT id, storage FROM embedding_space WHERE state IN ('active', 'backfilling', 'ready') ORDER BY id`,
      [],
    );
    return rows.map(({ id, storage }) => ({ table: tableOf(id), storage }));
  };

  private async readActive(): Promise<EmbeddingSpace> {
    const readAtMs = this.clock.nowMs();
    const space = await this.reads
      .run(() => this.spaces.findOneByOrFail({ state: 'active' }))
      .catch((error: unknown) => {
        throw isDatabaseUnavailable(error) ? databaseUnavailable(error) : error;
      });
    this.cached = { space, readAtMs };
    return space;
  }
}
