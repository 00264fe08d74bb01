import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { ReadReplicas } from '../database/read-replicas';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { Metrics } from '../observability/metrics';
import { HybridSearch } from './hybrid-search';
import { loadPassages } from './load-passages';
import { loadVectors } from './load-vectors';
import { diversify } from './maximal-marginal-relevance';
import { contextFingerprint, type Passage, type Retrieval } from './passage';
import { RecentQuestions } from './recent-questions';
import { Reranker } from './reranker';
import type { AskedSpace, RetrievalRequest } from './retrieval-request';
import type { SearchMode } from './search-request';
import { timedStage } from './timed-stage';

/** A publication between search and load can take hits away; then the search is repeated. */
const MAX_TRIES = 3;
/** From how many candidates at least the diverse ones are chosen. */
const DIVERSITY_CANDIDATES = 50;

interface Candidates {
  /** By falling score. */
  passages: Passage[];
  /** By chunk id; empty unless passages are chosen by them. */
  vectors: ReadonlyMap<string, Float32Array>;
}

/** Question → passages: search in both arms, fuse, load, rerank, diversify. */
@Injectable()
export class RetrievalService {
  constructor(
    private readonly replicas: ReadReplicas,
    private readonly spaces: EmbeddingSpaceService,
    private readonly hybridSearch: HybridSearch,
    private readonly reranker: Reranker,
    private readonly recentQuestions: RecentQuestions,
    private readonly config: AppConfig,
    private readonly metrics: Metrics,
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
    const candidates = await this.candidates(query, vector, request, mode);
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

  private async candidates(
    query: string,
    vector: Float32Array | null,
    request: RetrievalRequest,
    mode: SearchMode,
  ): Promise<Candidates> {
    const { collectionId, epoch, space, tenantId, topK } = request;
    const target = vector ? { space, vector } : null;
    const isDiverse = this.config.retrieval.mmrLambda !== null;
    const limit = Math.max(topK, this.reranker.candidates, isDiverse ? DIVERSITY_CANDIDATES : 0);
    for (let tries = 1; ; tries++) {
      const { hits, ...found } = await this.replicas.run(collectionId, epoch, async (database) => {
        const hits = await this.hybridSearch.search(database, query, target, request, mode, limit);
        const ids = hits.map(({ chunkId }) => chunkId);
        const [passages, vectors] = await timedStage(this.metrics, 'load', () =>
          Promise.all([
            loadPassages(database, request, hits),
            isDiverse ? loadVectors(database, space, tenantId, ids) : new Map<string, Float32Array>(),
          ]),
        );
        return { hits, passages, vectors };
      });
      if (found.passages.length === hits.length || tries === MAX_TRIES) return found;
    }
  }
}
