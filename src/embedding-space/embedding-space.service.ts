import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { databaseUnavailable, isDatabaseUnavailable } from '../database/database-errors';
import { EmbeddingSpace } from './embedding-space.entity';

/** A promotion is seen by every process within this time; its epoch change is seen at once. */
const ACTIVE_SPACE_MAX_AGE_MS = 1000;

/** Which embedding spaces there are, and the check that this process speaks the language of the active one. */
@Injectable()
export class EmbeddingSpaceService implements OnApplicationBootstrap {
  private cached: { space: EmbeddingSpace; readAtMs: number } | null = null;

  constructor(
    @InjectRepository(EmbeddingSpace) private readonly spaces: Repository<EmbeddingSpace>,
    private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws AppError `EMBEDDING_DIMENSION_MISMATCH`, which stops the process */
  async onApplicationBootstrap(): Promise<void> {
    const space = await this.active();
    const { model, dimensions } = this.config.embedding;
    if (space.model === model && space.dimensions === dimensions) return;
    throw new AppError(
      'EMBEDDING_DIMENSION_MISMATCH',
      `The database holds vectors of ${space.model} with ${space.dimensions} dimensions, but the configuration names ` +
        `${model} with ${dimensions}. Set EMBEDDING_MODEL=${space.model} and EMBEDDING_DIMENSIONS=${space.dimensions}, ` +
        `or start with an empty database (another DATA_DIR or DATABASE_URL).`,
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
    if (this.cached && nowMs - this.cached.readAtMs < ACTIVE_SPACE_MAX_AGE_MS) return this.cached.space;
    const space = await this.spaces.findOneByOrFail({ state: 'active' }).catch((error: unknown) => {
      throw isDatabaseUnavailable(error) ? databaseUnavailable(error) : error;
    });
    this.cached = { space, readAtMs: nowMs };
    return space;
  }

  /** The spaces that have a table: what is written to and deleted from. The active one first. */
  async writable(): Promise<EmbeddingSpace[]> {
    const spaces = await this.spaces.findBy({ state: In(['active', 'backfilling', 'ready']) });
    return spaces.sort((a, b) => Number(b.state === 'active') - Number(a.state === 'active') || a.id - b.id);
  }
}
