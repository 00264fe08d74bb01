import { choice, integer, share } from '../config/setting';

/** Retrieval */
export const RETRIEVAL_SETTINGS = {
  /** Passages given to an answer if the request does not say `top_k`. */
  topK: integer('RETRIEVAL_TOP_K', { default: 5, min: 1, max: 100 }),
  /** HNSW `ef_search`: how many neighbours the index looks at per query. */
  efSearch: integer('RETRIEVAL_EF_SEARCH', { default: 100, min: 10, max: 1000 }),
  /** Share (0 to 1) of the searches by index that are repeated exactly afterwards, for `rag_retrieval_recall`. */
  recallSample: share('RETRIEVAL_RECALL_SAMPLE', { default: 0.01 }),
  /** Milliseconds after which a statement of retrieval logs its plan, at most once a minute. */
  slowMs: integer('RETRIEVAL_SLOW_MS', { default: 500, min: 1 }),
  /** How vector and text hits become one ranking: `trust` weighs them per question, `rrf` is reciprocal rank fusion. */
  fusion: choice('RETRIEVAL_FUSION', ['trust', 'rrf'], { default: 'trust' }),
  /** Maximal marginal relevance: 1 ranks passages by relevance, 0 by difference from each other; not set: off. */
  mmrLambda: share('RETRIEVAL_MMR_LAMBDA', {}),
};
