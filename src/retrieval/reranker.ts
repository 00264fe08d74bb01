import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { ModelBreaker, ModelLeftAlone } from '../models/model-breaker';
import { RERANK_MODEL, RerankError, type RerankModel } from '../models/rerank-model';
import { Metrics } from '../observability/metrics';
import type { Passage } from './passage';
import { timedStage } from './timed-stage';

/** One question in so long waits for a model that gives no answers. */
const BREAKER = { failures: 1, openMs: 3000 };

/** A ranking, and whether the model had to be left out of it. */
export interface Reranking {
  passages: Passage[];
  degraded: boolean;
}

/** Ranks passages by the configured rerank model, and does without it where it fails: a reranker fails no question. */
@Injectable()
export class Reranker {
  private readonly logger = new Logger(Reranker.name);
  private readonly breaker = new ModelBreaker(BREAKER, (error) => error instanceof RerankError);
  private isDegraded = false;

  constructor(
    @Inject(RERANK_MODEL) private readonly model: RerankModel | null,
    private readonly config: AppConfig,
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
    const score = () => model.score(query, passages.map(textOf));
    try {
      const scores = await this.breaker.execute(() => timedStage(this.metrics, 'rerank', score));
      if (this.isDegraded) this.logger.log('the reranker answers again');
      this.setDegraded(false);
      return scores;
    } catch (error) {
      if (error instanceof ModelLeftAlone) return null;
      if (!(error instanceof RerankError)) throw error;
      if (!this.isDegraded)
        this.logger.warn(`passages are not reranked, the reranker failed: ${error.message}`);
      this.setDegraded(true);
      return null;
    }
  }

  private setDegraded(isDegraded: boolean): void {
    this.isDegraded = isDegraded;
    this.metrics.degraded.set({ dependency: 'reranker' }, isDegraded ? 1 : 0);
  }
}

/** A passage as a prompt would show it. */
function textOf({ title, headingPath, content }: Passage): string {
  return [title, headingPath.join(' > '), content].filter(Boolean).join('\n');
}
