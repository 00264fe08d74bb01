import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { describeError } from '../common/error-description';
import { AppConfig } from '../config/app-config';
import { Metrics } from '../observability/metrics';
import type { ArmHit } from './rank-fusion';
import { exactStatement, type SearchedSpace, type SearchRow } from './search-plan';
import type { SearchRequest } from './search-request';

/** Injection token of the source of random numbers that picks the samples. */
export const SAMPLING = Symbol('Sampling');
/** Uniform numbers in [0, 1). */
export type Sampling = () => number;

/** Recall is taken of this many hits, or of as many as there are. */
const COMPARED_HITS = 10;
/** The metric is the mean of this many latest samples: one alone says little. */
const KEPT_SAMPLES = 100;
/** A sample that takes longer is given up: it must not keep the database busy. */
const TIME_LIMIT_MS = 5000;
/** Distances that differ by less are equal: index and exact scan may sum in another order. */
const TIE = 1e-6;

/**
 * Repeats a small share of the searches that the index answered by an exact scan, after the answer, one at a time,
 * and records in `rag_retrieval_recall` how many of the true neighbours the index had found.
 */
@Injectable()
export class RecallSampler {
  private readonly logger = new Logger(RecallSampler.name);
  private readonly recalls: number[] = [];
  private running: Promise<void> | null = null;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly config: AppConfig,
    private readonly metrics: Metrics,
    @Inject(SAMPLING) private readonly random: Sampling,
  ) {}

  /** Hands over what the index found. Returns at once and never throws. */
  offer(space: SearchedSpace, vector: Float32Array, request: SearchRequest, found: readonly ArmHit[]): void {
    if (this.running || this.random() >= this.config.retrieval.recallSample) return;
    this.running = this.sample(space, vector, request, found)
      .catch((error: unknown) => this.logger.debug(`no recall sample: ${describeError(error)}`))
      .finally(() => {
        this.running = null;
      });
  }

  /** Resolves once no sample is being taken. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async sample(
    space: SearchedSpace,
    vector: Float32Array,
    request: SearchRequest,
    found: readonly ArmHit[],
  ): Promise<void> {
    const { text, values } = exactStatement(space, vector, request, COMPARED_HITS, null);
    const rows = await this.dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL statement_timeout = ${TIME_LIMIT_MS}`);
      return manager.query<SearchRow[]>(text, values);
    });
    const recall = recallOf(
      found.map(({ score }) => 1 - score),
      rows.flatMap(({ distance }) => (distance === null ? [] : [distance])),
    );
    if (recall === null) return;
    this.recalls.push(recall);
    if (this.recalls.length > KEPT_SAMPLES) this.recalls.shift();
    this.metrics.retrievalRecall.set(this.recalls.reduce((a, b) => a + b, 0) / this.recalls.length);
  }
}

/**
 * Share (0 to 1) of the true neighbours' places that were filled by one as near: a chunk of the same text elsewhere
 * is no loss.
 * @param found distances of what was found, ascending
 * @param exact distances of the true neighbours, ascending
 * @returns null where there are no neighbours
 */
export function recallOf(found: readonly number[], exact: readonly number[]): number | null {
  if (exact.length === 0) return null;
  const farthest = exact[exact.length - 1] + TIE;
  const near = found.slice(0, exact.length).filter((distance) => distance <= farthest);
  return near.length / exact.length;
}
