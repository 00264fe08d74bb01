import { Injectable } from '@nestjs/common';
import { ReadReplicas } from '../database/read-replicas';
import { Metrics } from '../observability/metrics';
import { HybridSearch } from './hybrid-search';
import { loadPassages } from './load-passages';
import { loadVectors } from './load-vectors';
import type { Passage } from './passage';
import type { RetrievalRequest } from './retrieval-request';
import type { SearchMode } from './search-request';
import { timedStage } from './timed-stage';

/** A publication between search and load can remove hits; then the search is repeated. */
const MAX_TRIES = 3;

/** What is searched. */
export interface PassageQuery {
  /** For the text arm. */
  query: string;
  /** L2-normalised, of the request's space; null leaves the vector arm out. */
  vector: Float32Array | null;
  mode: SearchMode;
  /** Passages wanted. */
  limit: number;
  /** Whether those of the passages are loaded as well. */
  withVectors: boolean;
}

/** What was found. */
export interface FoundPassages {
  /** By falling score. */
  passages: Passage[];
  /** By chunk id; empty unless asked for. */
  vectors: ReadonlyMap<string, Float32Array>;
}

/** Searches, and loads what it found from the same database: the primary, or a replica that is far enough. */
@Injectable()
export class PassageSearch {
  constructor(
    private readonly replicas: ReadReplicas,
    private readonly hybridSearch: HybridSearch,
    private readonly metrics: Metrics,
  ) {}

  /** @throws AppError `DATABASE_UNAVAILABLE` */
  async find(
    { query, vector, mode, limit, withVectors }: PassageQuery,
    request: RetrievalRequest,
  ): Promise<FoundPassages> {
    const { collectionId, epoch, space, tenantId } = request;
    const target = vector ? { space, vector } : null;
    for (let tries = 1; ; tries++) {
      const { hits, ...found } = await this.replicas.run(collectionId, epoch, async (database) => {
        const hits = await this.hybridSearch.search(database, query, target, request, mode, limit);
        const ids = hits.map(({ chunkId }) => chunkId);
        const [passages, vectors] = await timedStage(this.metrics, 'load', () =>
          Promise.all([
            loadPassages(database, request, hits),
            withVectors ? loadVectors(database, space, tenantId, ids) : new Map<string, Float32Array>(),
          ]),
        );
        return { hits, passages, vectors };
      });
      if (found.passages.length === hits.length || tries === MAX_TRIES) return found;
    }
  }
}
