import { Injectable } from '@nestjs/common';
import { type Queryable, ReadReplicas } from '../database/read-replicas';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { Metrics } from '../observability/metrics';
import { contextFingerprint, type Retrieval } from './passage';
import { PassageStore } from './passage-store';
import { type FusedHit, fuseByTrust } from './rank-fusion';
import type { SearchMode, SearchRequest } from './search-request';
import { NO_TEXT_HITS, TextSearch } from './text-search';
import { VectorSearch } from './vector-search';

/** Hits asked of each arm: enough for the fusion to see both lists' shape. */
const ARM_LIMIT = 50;
/** A publication between search and load can take hits away; then the search is repeated. */
const MAX_TRIES = 3;

/** Question → passages: vector and full text, fused. */
@Injectable()
export class RetrievalService {
  constructor(
    private readonly replicas: ReadReplicas,
    private readonly spaces: EmbeddingSpaceService,
    private readonly vectorSearch: VectorSearch,
    private readonly textSearch: TextSearch,
    private readonly passages: PassageStore,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @param query the question's text, for the text arm
   * @param vector L2-normalised vector of the active space; null leaves the vector arm out
   * @returns at most `request.topK` passages by falling score, and the fingerprint of exactly these
   */
  async retrieve(
    query: string,
    vector: Float32Array | null,
    request: SearchRequest,
    mode: SearchMode = 'hybrid',
  ): Promise<Retrieval> {
    for (let tries = 1; ; tries++) {
      const { hits, passages } = await this.replicas.run(
        request.collectionId,
        request.epoch,
        async (database) => {
          const hits = await this.search(database, query, vector, request, mode);
          const passages = await this.timed('load', () =>
            this.passages.load(database, request.tenantId, hits),
          );
          return { hits, passages };
        },
      );
      if (passages.length === hits.length || tries === MAX_TRIES)
        return { passages, fingerprint: contextFingerprint(passages) };
    }
  }

  /** Id of the embedding space that is searched: a part of every cache scope. */
  async activeSpaceId(): Promise<number> {
    return (await this.spaces.active()).id;
  }

  private async search(
    database: Queryable,
    query: string,
    vector: Float32Array | null,
    request: SearchRequest,
    mode: SearchMode,
  ): Promise<FusedHit[]> {
    const limit = Math.max(ARM_LIMIT, request.topK);
    const target = vector && mode !== 'text' ? { space: await this.spaces.active(), vector } : null;
    const [vectorHits, background, text] = await Promise.all([
      target
        ? this.timed('vector', () =>
            this.vectorSearch.search(database, target.space, target.vector, request, limit),
          )
        : [],
      target && mode === 'hybrid'
        ? this.vectorSearch.background(database, target.space, target.vector, request)
        : null,
      mode === 'vector'
        ? NO_TEXT_HITS
        : this.timed('text', () => this.textSearch.search(database, query, request, limit, target)),
    ]);
    return fuseByTrust(vectorHits, text.hits, {
      background: background ?? undefined,
      textHitSimilarities: text.similarities,
      maxTextScore: text.maxScore,
    }).slice(0, request.topK);
  }

  private async timed<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const end = this.metrics.retrievalLatency.startTimer({ stage });
    try {
      return await work();
    } finally {
      end();
    }
  }
}
