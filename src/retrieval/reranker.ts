import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { RERANK_MODEL, RerankError, type RerankModel } from '../models/rerank-model';
import { Metrics } from '../observability/metrics';
import type { Passage } from './passage';
import { timedStage } from './timed-stage';

/** After a failure the model is left alone for so long, so that questions do not wait for it one after the other. */
const PAUSE_MS = 3000;

/** A ranking, and whether the model had to be left out of it. */
export interface Reranking {
  passages: Passage[];
  degraded: boolean;
}

/** Ranks passages by the configured rerank model, and does without it where it fails: a reranker fails no question. */
@Injectable()
export class Reranker {
  private readonly logger = new Logger(Reranker.name);
  /** `null` while it works. */
  private retryAtMs: number | null = null;

  constructor(
    @Inject(RERANK_MODEL) private readonly model: RerankModel | null,
    private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    if (model) this.setDegraded(false);
  }

  /** How many passages it wants to rank; 0 where no model is configured. */
  get candidates(): number {
    return this.model ? this.config.rerank.candidates : 0;
  }

  /** Everything about it that decides what is retrieved. */
  get identity(): string {
    return this.model ? JSON.stringify([this.model.identity, this.candidates]) : '';
  }

  /**
   * @param passages by falling score
   * @returns the same by falling score of the model; as they were where it failed or there is none
   */
  async rerank(query: string, passages: readonly Passage[]): Promise<Reranking> {
    if (!this.model || passages.length === 0) return { passages: [...passages], degraded: false };
    const scores = await this.scores(this.model, query, passages);
    if (scores === null) return { passages: [...passages], degraded: true };
    const ranked = passages
      .map((passage, i) => ({
        ...passage,
        score: Math.min(1, Math.max(0, scores[i])),
        rerankScore: scores[i],
      }))
      .sort((a, b) => b.rerankScore - a.rerankScore);
    return { passages: ranked, degraded: false };
  }

  private async scores(
    model: RerankModel,
    query: string,
    passages: readonly Passage[],
  ): Promise<number[] | null> {
    if (this.retryAtMs !== null) {
      if (this.clock.nowMs() < this.retryAtMs) return null;
      // Only the caller that finds the pause over waits for the next try.
      this.retryAtMs = this.clock.nowMs() + PAUSE_MS;
    }
    try {
      const scores = await timedStage(this.metrics, 'rerank', () => model.score(query, passages.map(textOf)));
      this.succeeded();
      return scores;
    } catch (error) {
      if (!(error instanceof RerankError)) throw error;
      this.failed(error);
      return null;
    }
  }

  private succeeded(): void {
    if (this.retryAtMs === null) return;
    this.retryAtMs = null;
    this.setDegraded(false);
    this.logger.log('the reranker answers again');
  }

  private failed(error: RerankError): void {
    if (this.retryAtMs === null) {
      this.setDegraded(true);
      this.logger.warn(`passages are not reranked, the reranker failed: ${error.message}`);
    }
    this.retryAtMs = this.clock.nowMs() + PAUSE_MS;
  }

  private setDegraded(isDegraded: boolean): void {
    this.metrics.degraded.set({ dependency: 'reranker' }, isDegraded ? 1 : 0);
  }
}

/** A passage as a prompt would show it. */
function textOf({ title, headingPath, content }: Passage): string {
  return [title, headingPath.join(' > '), content].filter(Boolean).join('\n');
}
