import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import type { Queryable } from '../database/read-replicas';
import { Metrics } from '../observability/metrics';
import { type FusedHit, fuseByReciprocalRank, fuseByTrust } from './rank-fusion';
import type { SearchMode, SearchRequest } from './search-request';
import { NO_TEXT_HITS, TextSearch } from './text-search';
import type { SimilarityTarget } from './text-statements';
import { timedStage } from './timed-stage';
import { VectorSearch } from './vector-search';

/** Hits asked of each arm at least: enough for the fusion to see both lists' shape. */
const ARM_LIMIT = 50;

/** Asks both arms at once and fuses what they find. */
@Injectable()
export class HybridSearch {
  constructor(
    private readonly vectorSearch: VectorSearch,
    private readonly textSearch: TextSearch,
    private readonly config: AppConfig,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @param query the question's text, for the text arm
   * @param target the question's vector and where it is searched; null leaves the vector arm out
   * @returns at most `limit` hits by falling score
   */
  async search(
    database: Queryable,
    query: string,
    target: SimilarityTarget | null,
    request: SearchRequest,
    mode: SearchMode,
    limit: number,
  ): Promise<FusedHit[]> {
    const armLimit = Math.max(ARM_LIMIT, limit);
    const vectorTarget = mode === 'text' ? null : target;
    // Only the weighing of both arms asks how alike question and text hits, or chunks at random, are.
    const weighed = mode === 'hybrid' && this.config.retrieval.fusion === 'trust' ? target : null;
    const [vectorHits, background, text] = await Promise.all([
      vectorTarget
        ? timedStage(this.metrics, 'vector', () =>
            this.vectorSearch.search(database, vectorTarget.space, vectorTarget.vector, request, armLimit),
          )
        : [],
      weighed ? this.vectorSearch.background(database, weighed.space, weighed.vector, request) : null,
      mode === 'vector'
        ? NO_TEXT_HITS
        : timedStage(this.metrics, 'text', () =>
            this.textSearch.search(database, query, request, armLimit, weighed),
          ),
    ]);
    const fused =
      this.config.retrieval.fusion === 'rrf'
        ? fuseByReciprocalRank(vectorHits, text.hits)
        : fuseByTrust(vectorHits, text.hits, {
            background: background ?? undefined,
            textHitSimilarities: text.similarities,
            maxTextScore: text.maxScore,
          });
    return fused.slice(0, limit);
  }
}
