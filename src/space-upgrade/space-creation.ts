import { Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { validationFailed } from '../common/validation-failed';
import { AppConfig, ConfigError } from '../config/app-config';
import { CorpusDatabase, type Sql } from '../corpus/corpus-database';
import { createIndexStatement, indexNameOf, storageFor } from '../database/vector-index';
import { createTableStatements } from '../embedding-space/space-table';
import { EmbeddingModels, type ModelName } from '../models/embedding-models';
import { type CostEstimate, CostEstimator } from './cost-estimate';
import { spaceConflict } from './upgrade-store';

/** A new space, and the conditions of its upgrade. */
export interface NewSpace extends ModelName {
  /** Do not begin if the estimate is above it, or unknown. */
  maxCostUsd?: number;
  usdPerMillionTokens?: number;
  chunksPerSecond?: number;
}

const INSUFFICIENT_PRIVILEGE = '42501';
const PROBE = 'Which model is this?';

/** Begins upgrades: estimates the cost, probes the model, creates the table and the row. */
@Injectable()
export class SpaceCreation {
  constructor(
    private readonly database: CorpusDatabase,
    private readonly models: EmbeddingModels,
    private readonly estimator: CostEstimator,
    private readonly config: AppConfig,
  ) {}

  /** @throws AppError `VALIDATION_FAILED` for an impossible model or number of dimensions */
  async estimate(space: NewSpace): Promise<CostEstimate> {
    storageFor(space.dimensions);
    this.modelOf(space);
    return this.estimator.estimate(space, space.usdPerMillionTokens);
  }

  /**
   * Creates a space, which new documents are written to from now on.
   * @returns its id
   * @throws AppError `VALIDATION_FAILED`, `EMBEDDING_SPACE_CONFLICT`, `EMBEDDING_UNAVAILABLE`
   */
  async create(space: NewSpace): Promise<number> {
    const estimate = await this.estimate(space);
    const { maxCostUsd } = space;
    if (maxCostUsd !== undefined && (estimate.cost_usd === null || estimate.cost_usd > maxCostUsd))
      throw spaceConflict(
        estimate.cost_usd === null
          ? 'max_cost_usd: the price of the model is unknown; set usd_per_million_tokens.'
          : `max_cost_usd: the estimate is ${estimate.cost_usd} US dollars.`,
        { estimate },
      );
    await this.probe(space);
    try {
      return await this.database.transaction((sql) => this.insert(sql, space, estimate));
    } catch (error) {
      if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
      throw spaceConflict(
        `The service's database user may not create tables. As a user who may, run \`npm run migration:space -- --model ${space.model} ` +
          `--dimensions ${space.dimensions}\` and \`npm run migration:run\`, then repeat this call.`,
        {},
      );
    }
  }

  private async insert(sql: Sql, space: NewSpace, estimate: CostEstimate): Promise<number> {
    // Serialised: ids are consecutive, and a model has one space.
    await sql(`LOCK TABLE embedding_space IN SHARE ROW EXCLUSIVE MODE`, []);
    const { model, dimensions } = space;
    const kept = await sql<{ id: number; model: string; dimensions: number; state: string }>(
      `SELECT id, model, dimensions, state FROM embedding_space WHERE state <> 'retired'`,
      [],
    );
    const same = kept.find((other) => other.model === model && other.dimensions === dimensions);
    if (same && same.state !== 'empty')
      throw spaceConflict(
        `A space of ${model} with ${dimensions} dimensions exists: ${same.id}, ${same.state}.`,
        {
          id: same.id,
          state: same.state,
        },
      );
    const other = kept.find(({ state }) => state === 'backfilling');
    if (other)
      throw spaceConflict(
        `The space ${other.id} is still being filled, and only one upgrade may run. Wait, or cancel it.`,
        {
          id: other.id,
        },
      );
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
    // Building the index at the end is faster than filling it row by row. But the embedded database has one session, in
    // which every request would wait for the build.
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

  /** Embeds a text, to detect a wrong model before the table is created. */
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
