import { Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { validationFailed } from '../common/validation-failed';
import { AppConfig, ConfigError } from '../config/app-config';
import type { Sql } from '../corpus/corpus-database';
import { createIndexStatement, indexNameOf, storageFor } from '../database/vector-index';
import { createTableStatements } from '../embedding-space/space-table';
import { EmbeddingModels, type ModelName } from '../models/embedding-models';
import { type CostEstimate, CostEstimator } from './cost-estimate';
import { spaceConflict } from './space-upgrade-error';
import { UpgradeStore } from './upgrade-store';

/** What a new space is to be, and under which conditions. */
export interface NewSpace extends ModelName {
  maxCostUsd?: number;
  usdPerMillionTokens?: number;
  chunksPerSecond?: number;
}

const INSUFFICIENT_PRIVILEGE = '42501';
const PROBE = 'Which model is this?';

/** Begins upgrades: estimates what it takes, asks the model whether it is there, makes table and row. */
@Injectable()
export class SpaceCreation {
  constructor(
    private readonly store: UpgradeStore,
    private readonly models: EmbeddingModels,
    private readonly estimator: CostEstimator,
    private readonly config: AppConfig,
  ) {}

  /** @throws AppError `VALIDATION_FAILED` for a model or dimensions that there cannot be */
  async estimate(space: NewSpace): Promise<CostEstimate> {
    storageFor(space.dimensions);
    this.modelOf(space);
    return this.estimator.estimate(space, space.usdPerMillionTokens);
  }

  /**
   * Makes a space and has it filled from now on.
   * @returns its id
   * @throws AppError `VALIDATION_FAILED`, `EMBEDDING_SPACE_CONFLICT`, `EMBEDDING_UNAVAILABLE`
   */
  async create(space: NewSpace): Promise<number> {
    const estimate = await this.estimate(space);
    const { maxCostUsd } = space;
    if (maxCostUsd !== undefined && (estimate.cost_usd === null || estimate.cost_usd > maxCostUsd))
      throw spaceConflict(
        estimate.cost_usd === null
          ? 'max_cost_usd: the price of the model is not known; say usd_per_million_tokens.'
          : `max_cost_usd: the estimate is ${estimate.cost_usd} US dollars.`,
        { estimate },
      );
    await this.probe(space);
    try {
      return await this.store.transaction((sql) => this.insert(sql, space, estimate));
    } catch (error) {
      if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
      throw spaceConflict(
        `The service may not make tables. As a user who may, run \`npm run migration:space -- --model ${space.model} ` +
          `--dimensions ${space.dimensions}\` and \`npm run migration:run\`, then repeat this call.`,
        {},
      );
    }
  }

  private async insert(sql: Sql, space: NewSpace, estimate: CostEstimate): Promise<number> {
    // One at a time: ids are counted, and a model has one space.
    await sql(`LOCK TABLE embedding_space IN SHARE ROW EXCLUSIVE MODE`, []);
    const { model, dimensions } = space;
    const kept = await sql<{ id: number; model: string; dimensions: number; state: string }>(
      `SELECT id, model, dimensions, state FROM embedding_space WHERE state <> 'retired'`,
      [],
    );
    const same = kept.find((other) => other.model === model && other.dimensions === dimensions);
    if (same && same.state !== 'empty')
      throw spaceConflict(
        `There is a space of ${model} with ${dimensions} dimensions: ${same.id}, ${same.state}.`,
        {
          id: same.id,
          state: same.state,
        },
      );
    const other = kept.find(({ state }) => state === 'backfilling');
    if (other)
      throw spaceConflict(`The space ${other.id} is being filled; one at a time. Cancel it or wait.`, {
        id: other.id,
      });
    const storage = storageFor(dimensions);
    const [{ id }] = await sql<{ id: number }>(
      `INSERT INTO embedding_space (id, model, dimensions, storage, state)
       SELECT coalesce($1, max(id) + 1, 1), $2, $3, $4, 'backfilling' FROM embedding_space
       ON CONFLICT (id) DO UPDATE SET state = excluded.state
       RETURNING id`,
      [same?.id ?? null, model, dimensions, storage],
    );
    const table = `chunk_embedding_${id}`;
    for (const statement of createTableStatements({ table, storage, dimensions })) await sql(statement, []);
    // An index that is filled row by row takes longer than one built at the end. But the embedded database has one
    // session, in which everybody would wait for the building.
    await sql(`DROP INDEX IF EXISTS ${indexNameOf({ table })}`, []);
    if (this.config.database.url === null)
      await sql(createIndexStatement({ table, storage }).replace(' CONCURRENTLY', ''), []);
    await sql(
      `INSERT INTO space_upgrade (space_id, stage, chunks_per_second, estimate) VALUES ($1, 'backfill', $2, $3)
       ON CONFLICT (space_id) DO UPDATE
       SET stage = excluded.stage, stage_since = now(), paused = false, error = NULL,
           chunks_per_second = excluded.chunks_per_second, estimate = excluded.estimate`,
      [id, space.chunksPerSecond ?? this.config.spaceUpgrade.chunksPerSecond, JSON.stringify(estimate)],
    );
    return id;
  }

  /** Has the model embed a text: what is wrong with it is better known now than after the table is there. */
  private async probe(space: NewSpace): Promise<void> {
    try {
      await this.modelOf(space).embed([PROBE]);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'EMBEDDING_DIMENSION_MISMATCH')) throw error;
      const returned = error.details?.returned;
      throw validationFailed([
        { field: 'dimensions', problem: `must be ${returned}, which ${space.model} returns` },
      ]);
    }
  }

  private modelOf(space: NewSpace) {
    try {
      return this.models.of(space);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw validationFailed([{ field: 'dimensions', problem: error.problems.join('; ') }]);
    }
  }
}
