import { choice, flag, integer, number, share, text } from '../config/setting';

/** The semantic cache */
export const SEMANTIC_CACHE_SETTINGS = {
  /**
   * Least cosine similarity (0 to 1) of a question in other words, on top of the other checks; not set: the error budget
   * alone decides.
   */
  threshold: share('SEMANTIC_CACHE_THRESHOLD', {}),
  /**
   * Share (above 0, below 1) of the answers to questions in other words that may be wrong: less serves fewer of them
   * (docs/verifier.md).
   */
  errorBudget: number('SEMANTIC_CACHE_ERROR_BUDGET', { default: 0.01, min: 0.0001, max: 0.5 }),
  /**
   * Where cached questions are looked up: `search` (RediSearch), `vector-set` (Redis 8), `memory`, or what the server has.
   */
  index: choice('SEMANTIC_CACHE_INDEX', ['auto', 'search', 'vector-set', 'memory'], { default: 'auto' }),
  hnsw: {
    /** RediSearch: links of a node of the HNSW graph. */
    m: integer('SEMANTIC_CACHE_HNSW_M', { default: 16, min: 2, max: 512 }),
    /** RediSearch: candidates looked at when a vector is put into the graph. */
    efConstruction: integer('SEMANTIC_CACHE_HNSW_EF_CONSTRUCTION', { default: 100, min: 1, max: 4096 }),
    /** RediSearch: candidates looked at in a search. */
    efRuntime: integer('SEMANTIC_CACHE_HNSW_EF_RUNTIME', { default: 50, min: 1, max: 4096 }),
  },
  /** Answers kept by the memory index. */
  memoryEntries: integer('SEMANTIC_CACHE_MEMORY_ENTRIES', { default: 10_000, min: 1 }),
  /** Serve cached answers while Postgres cannot say whether they are current. */
  serveUnverified: flag('SEMANTIC_CACHE_SERVE_UNVERIFIED', { default: false }),
  /** Least score (0 to 1) of the best passage that an answer cites for the answer to be cached. */
  minEvidence: share('SEMANTIC_CACHE_MIN_EVIDENCE', { default: 0.1 }),
  /**
   * Share (0 to 1) of the cached answers whose evidence is retrieved again after serving, for
   * `rag_cache_stale_responses_total`.
   */
  auditSample: share('SEMANTIC_CACHE_AUDIT_SAMPLE', { default: 0.01 }),
  /**
   * When a language model is asked whether two questions ask the same: never (`off`), of some after the answer (`after`),
   * while the asker waits where the verifier doubts it (`doubtful`), or before every answer to a question in other words
   * (`always`). Default: `after` with a language model, else `off`.
   */
  judge: choice('SEMANTIC_CACHE_JUDGE', ['off', 'after', 'doubtful', 'always'], {}),
  /**
   * Share (0 to 1) of the questions without an exact hit of which a pair is judged after the answer: doubtful ones, and a
   * part of the served ones (docs/verifier.md).
   */
  judgeShare: share('SEMANTIC_CACHE_JUDGE_SHARE', { default: 0.1 }),
  /** The model that is asked; default `LLM_MODEL`. */
  judgeModel: text('SEMANTIC_CACHE_JUDGE_MODEL', {}),
};
