import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { diversify } from './maximal-marginal-relevance';
import { contextFingerprint, type Retrieval } from './passage';
import { PassageSearch } from './passage-search';
import { RecentQuestions } from './recent-questions';
import { Reranker } from './reranker';
import type { AskedSpace, RetrievalRequest } from './retrieval-request';
import type { SearchMode } from './search-request';

/** From how many candidates at least the diverse ones are chosen. */
const DIVERSITY_CANDIDATES = 50;

/** Question → passages: search in both arms, fuse, load, rerank, diversify. */
@Injectable()
export class RetrievalService {
  constructor(
    private readonly spaces: EmbeddingSpaceService,
    private readonly passageSearch: PassageSearch,
    private readonly reranker: Reranker,
    private readonly recentQuestions: RecentQuestions,
    private readonly config: AppConfig,
  ) {}

  /**
   * @param query the question's text, for the text arm
   * @param vector L2-normalised vector of the request's space; null leaves the vector arm out
   * @returns at most `request.topK` passages, best first, and the fingerprint of exactly these
   */
  async retrieve(
    query: string,
    vector: Float32Array | null,
    request: RetrievalRequest,
    mode: SearchMode = 'hybrid',
  ): Promise<Retrieval> {
    const { mmrLambda: lambda } = this.config.retrieval;
    const isDiverse = lambda !== null;
    const limit = Math.max(request.topK, this.reranker.candidates, isDiverse ? DIVERSITY_CANDIDATES : 0);
    const candidates = await this.passageSearch.find(
      { query, vector, mode, limit, withVectors: isDiverse },
      request,
    );
    const { passages: ranked, degraded } = await this.reranker.rerank(query, candidates.passages);
    const passages =
      lambda === null
        ? ranked.slice(0, request.topK)
        : diversify(ranked, candidates.vectors, { lambda, limit: request.topK });
    this.recentQuestions.offer(request, query, passages);
    return { passages, fingerprint: contextFingerprint(passages), degraded };
  }

  /** The embedding space that a request which begins now is to be asked of; its id is a part of every cache scope. */
  activeSpace(): Promise<AskedSpace> {
    return this.spaces.active();
  }

  /** The settings that decide what is retrieved: a part of every cache scope. */
  get identity(): string {
    const { fusion, mmrLambda } = this.config.retrieval;
    return JSON.stringify([fusion, mmrLambda, this.reranker.identity]);
  }
}
