import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { AppConfig } from '../config/app-config';
import {
  cosineDistance,
  createIndexStatement,
  FROM_VECTOR_INDEXES,
  indexNameOf,
} from '../database/vector-index';
import { HealthRegistry } from '../observability/health-registry';
import { Metrics } from '../observability/metrics';
import type { EmbeddingSpace } from './embedding-space.entity';
import { EmbeddingSpaceService } from './embedding-space.service';

/** What is wrong with an HNSW index, and the statement that mends it. */
export interface IndexProblem {
  index: string;
  problem: string;
  remedy: string;
}

/**
 * Whether the searched spaces have an HNSW index that is valid and that the planner takes for a search. Without one
 * answers stay right but come slowly, so the service starts, logs an error and calls itself degraded. A space that
 * is still being filled may be without: nobody searches it. An embedded database compares all vectors instead.
 */
@Injectable()
export class VectorIndexCheck implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger(VectorIndexCheck.name);
  /** Object ids of indexes that the planner was seen to take: probes come often, and this does not change. */
  private readonly planned = new Set<number>();

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly spaces: EmbeddingSpaceService,
    private readonly health: HealthRegistry,
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
  ) {}

  onModuleInit(): void {
    this.health.register({ name: 'hnsw_index', critical: false, timeoutMs: 2000, check: () => this.check() });
  }

  /** Logs each problem with its remedy; never keeps the process from starting. */
  async onApplicationBootstrap(): Promise<void> {
    try {
      for (const { index, problem, remedy } of await this.problems())
        this.logger.error(`The index ${index} ${problem}; vector searches will be slow. Remedy: ${remedy}`);
    } catch {
      this.logger.warn('The HNSW indexes could not be checked: the database does not answer');
    }
  }

  /** What is wrong now, by space; nothing if all is well. */
  async problems(): Promise<IndexProblem[]> {
    const searched = (await this.spaces.writable()).filter(({ state }) => state !== 'backfilling');
    const found = await Promise.all(searched.map((space) => this.problemOf(space)));
    return found.flatMap((problem) => problem ?? []);
  }

  private async check(): Promise<void> {
    const problems = await this.problems();
    this.metrics.degraded.set({ dependency: 'hnsw_index' }, problems.length > 0 ? 1 : 0);
    if (problems.length > 0)
      throw new Error(problems.map(({ index, problem }) => `${index} ${problem}`).join('; '));
  }

  private async problemOf(space: EmbeddingSpace): Promise<IndexProblem | null> {
    const indexes = await this.dataSource.query<{ oid: number; name: string; valid: boolean }[]>(
      `SELECT x.oid, x.relname AS name, i.indisvalid AND i.indisready AS valid
       ${FROM_VECTOR_INDEXES}
       WHERE i.indrelid = to_regclass($1)
       ORDER BY valid DESC, name`,
      [space.table],
    );
    const name = indexNameOf(space);
    const create = createIndexStatement(space);
    if (indexes.length === 0 && this.config.database.url === null) return null;
    if (indexes.length === 0) return { index: name, problem: 'is missing', remedy: create };
    const [index] = indexes;
    if (!index.valid)
      return {
        index: index.name,
        problem: 'is invalid (its creation was broken off)',
        remedy: `REINDEX INDEX CONCURRENTLY ${index.name}`,
      };
    const usable = indexes.filter(({ valid }) => valid);
    if (usable.some(({ oid }) => this.planned.has(oid))) return null;
    const taken = await this.plannedOf(space, usable);
    if (!taken)
      return {
        index: index.name,
        problem: 'is not used by the planner (made for another distance?)',
        remedy: `DROP INDEX CONCURRENTLY ${index.name}; then ${create}`,
      };
    this.planned.add(taken.oid);
    return null;
  }

  /** Which of these indexes a search by cosine distance takes where the table is large enough to need one. */
  private async plannedOf<T extends { name: string }>(
    space: EmbeddingSpace,
    indexes: readonly T[],
  ): Promise<T | undefined> {
    const plan = await this.dataSource.transaction(async (manager) => {
      await manager.query('SET LOCAL enable_seqscan = off');
      await manager.query('SET LOCAL enable_sort = off');
      return manager.query<{ 'QUERY PLAN': string }[]>(
        `EXPLAIN (COSTS OFF)
         SELECT chunk_id FROM ${space.table}
         ORDER BY ${cosineDistance('embedding', `array_fill(1::real, ARRAY[${space.dimensions}])`, space)}
         LIMIT 1`,
      );
    });
    const text = plan.map((row) => row['QUERY PLAN']).join('\n');
    return indexes.find(({ name }) => text.includes(`using ${name} on `));
  }
}
