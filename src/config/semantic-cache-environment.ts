import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';
import { OperationsEnvironment } from './operations-environment';
import { Setting } from './setting';

/** The settings of the semantic cache. */
export class SemanticCacheEnvironment extends OperationsEnvironment {
  @Setting(
    'Least cosine similarity (0 to 1) of a question in other words, beside all else that is asked of it; not set: the error budget alone decides.',
    { type: 'number' },
  )
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  SEMANTIC_CACHE_THRESHOLD?: number;

  @Setting(
    'Share (above 0, below 1) of the answers to questions in other words that may be wrong: less serves fewer of them (docs/verifier.md).',
    { default: 0.01 },
  )
  @IsNumber()
  @Min(0.0001)
  @Max(0.5)
  SEMANTIC_CACHE_ERROR_BUDGET: number;

  @Setting(
    'Where cached questions are looked up: `search` (RediSearch), `vector-set` (Redis 8), `memory`, or what the server has.',
    {
      default: 'auto',
    },
  )
  @IsIn(['auto', 'search', 'vector-set', 'memory'])
  SEMANTIC_CACHE_INDEX: 'auto' | 'search' | 'vector-set' | 'memory';

  @Setting('RediSearch: links of a node of the HNSW graph.', { default: 16 })
  @IsInt()
  @Min(2)
  @Max(512)
  SEMANTIC_CACHE_HNSW_M: number;

  @Setting('RediSearch: candidates looked at when a vector is put into the graph.', { default: 100 })
  @IsInt()
  @Min(1)
  @Max(4096)
  SEMANTIC_CACHE_HNSW_EF_CONSTRUCTION: number;

  @Setting('RediSearch: candidates looked at in a search.', { default: 50 })
  @IsInt()
  @Min(1)
  @Max(4096)
  SEMANTIC_CACHE_HNSW_EF_RUNTIME: number;

  @Setting('Answers kept by the memory index.', { default: 10_000 })
  @IsInt()
  @Min(1)
  SEMANTIC_CACHE_MEMORY_ENTRIES: number;

  @Setting('Serve cached answers while Postgres cannot say whether they are current.', { default: false })
  @IsBoolean()
  SEMANTIC_CACHE_SERVE_UNVERIFIED: boolean;

  @Setting('Least score (0 to 1) of the best passage that an answer cites for the answer to be cached.', {
    default: 0.1,
  })
  @IsNumber()
  @Min(0)
  @Max(1)
  SEMANTIC_CACHE_MIN_EVIDENCE: number;

  @Setting(
    'Share (0 to 1) of the cached answers whose evidence is retrieved again after serving, for `rag_cache_stale_responses_total`.',
    { default: 0.01 },
  )
  @IsNumber()
  @Min(0)
  @Max(1)
  SEMANTIC_CACHE_AUDIT_SAMPLE: number;

  @Setting(
    'When a language model is asked whether two questions ask the same: never (`off`), of some after the answer (`after`), while the asker waits where the verifier doubts it (`doubtful`), or before every answer to a question in other words (`always`). Default: `after` with `LLM_PROVIDER=openai`, else `off`.',
    { type: 'string' },
  )
  @IsOptional()
  @IsIn(['off', 'after', 'doubtful', 'always'])
  SEMANTIC_CACHE_JUDGE?: 'off' | 'after' | 'doubtful' | 'always';

  @Setting(
    'Share (0 to 1) of the questions without an exact hit of which a pair is judged after the answer: doubtful ones, and a part of the served ones (docs/verifier.md).',
    { default: 0.1 },
  )
  @IsNumber()
  @Min(0)
  @Max(1)
  SEMANTIC_CACHE_JUDGE_SHARE: number;

  @Setting('The model that is asked; default `LLM_MODEL`.', { type: 'string' })
  @IsOptional()
  @IsString()
  @MinLength(1)
  SEMANTIC_CACHE_JUDGE_MODEL?: string;
}
