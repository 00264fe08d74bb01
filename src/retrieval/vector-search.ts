import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import type { Queryable } from '../database/read-replicas';
import type { ArmHit, SimilarityBackground } from './rank-fusion';
import { RecallSampler } from './recall-sampler';
import {
  backgroundStatement,
  type BackgroundRow,
  exactStatement,
  exactUpTo,
  indexStatement,
  scanBudget,
  type SearchedSpace,
  type SearchRow,
  wholeStatement,
} from './search-plan';
import { SearchPlanner } from './search-planner';
import type { SearchRequest } from './search-request';
import { SlowStatementLog } from './slow-statement-log';

/** Chunks sampled to estimate how similar a question is to any chunk; the mean of 200 is known to a fourteenth of the deviation. */
const BACKGROUND_SAMPLE = 200;
/** In fewer chunks those that answer the question are too large a part. */
const LEAST_BACKGROUND = 50;

/**
 * The vector arm: the chunks nearest to a question in the active embedding space, `limit` of them if so many may be
 * shown, however few of the space's chunks those are.
 *
 * 0. Where the collection has few chunks, or the space no index, and no filter is given, all its vectors are compared.
 * 1. Where few chunks match (filter, tenant, collection and ACL together), all of them are compared. The same
 *    statement counts them, and compares none if they are too many.
 * 2. Where many match, the HNSW index is walked until enough of its entries pass; what is known to match many skips
 *    step 1.
 * 3. A walk that is given up with too few results (the matching chunks lie far from the question) is followed by the
 *    comparison of all.
 */
@Injectable()
export class VectorSearch {
  constructor(
    private readonly config: AppConfig,
    private readonly planner: SearchPlanner,
    private readonly statements: SlowStatementLog,
    private readonly recall: RecallSampler,
  ) {}

  /**
   * @param vector L2-normalised, of the space's dimensions
   * @param limit hits wanted, at least 1
   * @returns at most `limit` hits by falling cosine similarity
   */
  async search(
    database: Queryable,
    space: SearchedSpace,
    vector: Float32Array,
    request: SearchRequest,
    limit: number,
  ): Promise<ArmHit[]> {
    const { rows, indexed } = await this.planner.sizeOf(database, space);
    if (!indexed || !this.planner.isBroad(request)) {
      const atMost = indexed ? exactUpTo(limit, rows) : null;
      if (await this.isSmall(database, request, atMost)) {
        const all = wholeStatement(space, vector, request, limit);
        return toHits(await this.statements.query<SearchRow>(database, 'whole vector', all));
      }
      const few = await this.exact(database, space, vector, request, limit, atMost);
      if (few) return few;
      this.planner.markBroad(request);
    }
    const scan = {
      // As many as are wanted at least: the first round of the walk should do where everything matches.
      efSearch: Math.min(1000, Math.max(this.config.retrieval.efSearch, limit)),
      maxScanTuples: scanBudget(limit, rows),
    };
    const found = toHits(
      await this.statements.query<SearchRow>(
        database,
        'vector index',
        indexStatement(space, vector, request, limit, scan),
      ),
    );
    if (found.length < limit) return (await this.exact(database, space, vector, request, limit, null)) ?? [];
    this.recall.offer(space, vector, request, found);
    return found;
  }

  /** @returns the similarity of chunks at random to the question; null where the collection is too small for an estimate */
  async background(
    database: Queryable,
    space: SearchedSpace,
    vector: Float32Array,
    request: SearchRequest,
  ): Promise<SimilarityBackground | null> {
    const [{ count, mean, deviation }] = await this.statements.query<BackgroundRow>(
      database,
      'background',
      backgroundStatement(space, vector, request, BACKGROUND_SAMPLE),
    );
    if (count < LEAST_BACKGROUND || mean === null || deviation === null) return null;
    return { mean, standardDeviation: deviation };
  }

  /** Whether all of the collection is asked for, and that is few enough. @param atMost null: however many */
  private async isSmall(
    database: Queryable,
    request: SearchRequest,
    atMost: number | null,
  ): Promise<boolean> {
    if (Object.keys(request.filter).length > 0) return false;
    return atMost === null || (await this.planner.chunksOf(database, request)) <= atMost;
  }

  /** @returns null if more than `atMost` chunks match */
  private async exact(
    database: Queryable,
    space: SearchedSpace,
    vector: Float32Array,
    request: SearchRequest,
    limit: number,
    atMost: number | null,
  ): Promise<ArmHit[] | null> {
    const rows = await this.statements.query<SearchRow & { matching: number }>(
      database,
      'exact vector',
      exactStatement(space, vector, request, limit, atMost),
    );
    return atMost !== null && rows[0].matching > atMost ? null : toHits(rows);
  }
}

function toHits(rows: readonly SearchRow[]): ArmHit[] {
  return rows.flatMap(({ chunk_id, distance }) =>
    chunk_id === null || distance === null ? [] : [{ chunkId: chunk_id, score: 1 - distance }],
  );
}
