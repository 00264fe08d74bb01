import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { LanguageModelEnvironment } from './language-model-environment';
import { Setting } from './setting';

const POSTGRES_URL = { message: '$property must be a postgres:// URL' };
const REDIS_URL = {
  message: '$property must be a redis:// or rediss:// URL, or several separated by commas',
};
const HTTP_URL = { message: '$property must be an http:// or https:// URL' };

/** Every environment variable of the service. `docs/configuration.md` lists the same; a test keeps them equal. */
export class Environment extends LanguageModelEnvironment {
  @Setting('Which parts this process runs: the HTTP API, the ingestion workers, or both.', { default: 'all' })
  @IsIn(['api', 'worker', 'all'])
  ROLE: 'api' | 'worker' | 'all';

  @Setting('Address the HTTP server binds to.', { default: '127.0.0.1' })
  @IsString()
  HOST: string;

  @Setting('Port of the HTTP server; 0 takes a free one.', { default: 3000 })
  @IsInt()
  @Min(0)
  @Max(65535)
  PORT: number;

  @Setting(
    'Port of `/health/live`, `/health/ready` and `/metrics`, which are then found nowhere else; 0 takes a free one; not set: they are on `PORT`.',
    { type: 'number' },
  )
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(65535)
  MANAGEMENT_PORT?: number;

  @Setting('Folder of everything the embedded mode keeps: database, converted model.', { default: './data' })
  @IsString()
  DATA_DIR: string;

  @Setting('How much is logged.', { default: 'info' })
  @IsIn(['error', 'warn', 'info', 'debug'])
  LOG_LEVEL: 'error' | 'warn' | 'info' | 'debug';

  @Setting('Postgres with pgvector; not set: the embedded PGlite in `DATA_DIR`.')
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, POSTGRES_URL)
  DATABASE_URL?: string;

  @Setting(
    'Streaming replicas of that Postgres, separated by commas. Retrieval reads from one that has replayed the collection, else from the primary; all else is read and written there. Each names one server: a balancer would change it between two statements of a connection.',
    { default: [] },
  )
  @IsArray()
  @Matches(/^postgres(ql)?:\/\//, { each: true, ...POSTGRES_URL })
  DATABASE_REPLICA_URLS: string[];

  @Setting(
    'Connections to Postgres per process; one that answers questions opens them at its start and keeps them.',
    {
      default: 10,
    },
  )
  @IsInt()
  @Min(2)
  @Max(500)
  DATABASE_POOL_SIZE: number;

  @Setting('Milliseconds after which a statement is given up.', { default: 10_000 })
  @IsInt()
  @Min(100)
  DATABASE_STATEMENT_TIMEOUT_MS: number;

  @Setting(
    'Milliseconds that a question waits for Postgres to come back, from the beginning of an outage; a restart or failover that is over by then is not noticed.',
    { default: 5_000 },
  )
  @IsInt()
  @Min(0)
  DATABASE_WAIT_MS: number;

  @Setting('Apply pending migrations at start. Several processes may start at once; one applies them.', {
    default: true,
  })
  @IsBoolean()
  MIGRATE_ON_START: boolean;

  @Setting(
    'Where jobs are kept: `redis` needs `REDIS_QUEUE_URL`; `auto` takes it if it is set, else Postgres.',
    {
      default: 'auto',
    },
  )
  @IsIn(['auto', 'redis', 'postgres'])
  QUEUE_BACKEND: 'auto' | 'redis' | 'postgres';

  @Setting(
    'Redis of the caches (may evict: `allkeys-lru`); several URLs name a cluster; not set: process memory.',
  )
  @IsOptional()
  @Matches(/^rediss?:\/\//, REDIS_URL)
  REDIS_CACHE_URL?: string;

  @Setting('Redis of the job queue (must not evict: `noeviction`, AOF).')
  @IsOptional()
  @Matches(/^rediss?:\/\//, REDIS_URL)
  REDIS_QUEUE_URL?: string;

  @Setting('Milliseconds after which a cache call counts as a miss.', { default: 50 })
  @IsInt()
  @Min(1)
  REDIS_CACHE_TIMEOUT_MS: number;

  @Setting(
    '`api-key` asks for a key; `oidc` for a key or a user’s access token of `OIDC_ISSUER`; `disabled` accepts all and only on a loopback address; `auto` is `disabled` in the embedded mode on a loopback address, else `api-key`.',
    { default: 'auto' },
  )
  @IsIn(['auto', 'api-key', 'oidc', 'disabled'])
  AUTH: 'auto' | 'api-key' | 'oidc' | 'disabled';

  @Setting(
    'Largest accepted body in bytes of questions, searches, chats, embeddings and all else but documents.',
    { default: 1_048_576 },
  )
  @IsInt()
  @Min(1024)
  MAX_REQUEST_BYTES: number;

  @Setting('Largest accepted body in bytes of a call that brings documents in.', { default: 33_554_432 })
  @IsInt()
  @Min(1024)
  MAX_BODY_BYTES: number;

  @Setting(
    '`local` runs the shipped model in worker threads; `openai` asks any OpenAI-compatible `/embeddings`.',
    {
      default: 'local',
    },
  )
  @IsIn(['local', 'openai'])
  EMBEDDING_PROVIDER: 'local' | 'openai';

  @Setting(
    'Embedding model, pinned: a database made with another is refused. Default `use-lite` (local) or `text-embedding-3-small`.',
  )
  @IsOptional()
  @IsString()
  EMBEDDING_MODEL?: string;

  @Setting(
    'Length of its vectors, pinned likewise. Default 512 (local), 1536 (`text-embedding-3-small`) or 3072 (`-large`).',
    {
      type: 'number',
    },
  )
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(4000)
  EMBEDDING_DIMENSIONS?: number;

  @Setting('Worker threads of the local embedding model.', { default: 2 })
  @IsInt()
  @Min(1)
  @Max(64)
  EMBEDDING_THREADS: number;

  @Setting('Milliseconds after which one try of the embedding endpoint is given up.', { default: 15_000 })
  @IsInt()
  @Min(100)
  EMBEDDING_TIMEOUT_MS: number;

  @Setting(
    'Milliseconds that a question waits for the embedding endpoint, over all tries; then text search alone answers.',
    { default: 5_000 },
  )
  @IsInt()
  @Min(10)
  EMBEDDING_PATIENCE_MS: number;

  @Setting('Failed tries in a row after which the embedding endpoint is left alone for a while.', {
    default: 5,
  })
  @IsInt()
  @Min(1)
  EMBEDDING_BREAKER_FAILURES: number;

  @Setting('Seconds for which it is left alone; then one call tries it.', { default: 10 })
  @IsNumber()
  @Min(0.01)
  EMBEDDING_BREAKER_SECONDS: number;

  @Setting('Days that an embedding stays cached.', { default: 7 })
  @IsNumber()
  @Min(0.001)
  EMBEDDING_CACHE_TTL_DAYS: number;

  @Setting('Whether finding an embedding in Redis starts these days anew.', { default: false })
  @IsBoolean()
  EMBEDDING_CACHE_REFRESH_ON_USE: boolean;

  @Setting('Bytes of process memory for embeddings.', { default: 67_108_864 })
  @IsInt()
  @Min(0)
  EMBEDDING_CACHE_MEMORY_BYTES: number;

  @Setting(
    'Whether tenants share cached embeddings: texts are embedded once for all of them, but who times a call can tell whether another tenant has embedded the same text.',
    { default: false },
  )
  @IsBoolean()
  EMBEDDING_CACHE_SHARED: boolean;

  @Setting('How Redis stores a component of a vector.', { default: 'float32' })
  @IsIn(['float32', 'float16', 'int8'])
  EMBEDDING_CACHE_ENCODING: 'float32' | 'float16' | 'int8';

  @Setting('Key of the OpenAI-compatible endpoints.')
  @IsOptional()
  @IsString()
  OPENAI_API_KEY?: string;

  @Setting('Base URL of the OpenAI-compatible endpoints.', { default: 'https://api.openai.com/v1' })
  @Matches(/^https?:\/\//, HTTP_URL)
  OPENAI_BASE_URL: string;

  @Setting(
    'How deep the similarity of neighbouring windows must fall to end a chunk; see `docs/chunking.md`.',
    { default: 0.5 },
  )
  @IsNumber()
  @Min(0)
  @Max(10)
  CHUNK_DRIFT_THRESHOLD: number;

  @Setting('Longest chunk in tokens.', { default: 384 })
  @IsInt()
  @Min(16)
  CHUNK_MAX_TOKENS: number;

  @Setting('Chunks below this many tokens are merged with a neighbour where possible.', { default: 32 })
  @IsInt()
  @Min(0)
  CHUNK_MIN_TOKENS: number;

  @Setting('Tokens of a chunk repeated at the start of the next.', { default: 0 })
  @IsInt()
  @Min(0)
  CHUNK_OVERLAP: number;

  @Setting('Passages given to an answer if the request does not say `top_k`.', { default: 5 })
  @IsInt()
  @Min(1)
  @Max(100)
  RETRIEVAL_TOP_K: number;

  @Setting('HNSW `ef_search`: how many neighbours the index looks at per query.', { default: 100 })
  @IsInt()
  @Min(10)
  @Max(1000)
  RETRIEVAL_EF_SEARCH: number;

  @Setting(
    'Share (0 to 1) of the searches by index that are repeated exactly afterwards, for `rag_retrieval_recall`.',
    { default: 0.01 },
  )
  @IsNumber()
  @Min(0)
  @Max(1)
  RETRIEVAL_RECALL_SAMPLE: number;

  @Setting('Milliseconds after which a statement of retrieval logs its plan, at most once a minute.', {
    default: 500,
  })
  @IsInt()
  @Min(1)
  RETRIEVAL_SLOW_MS: number;

  @Setting(
    'How vector and text hits become one ranking: `trust` weighs them per question, `rrf` is reciprocal rank fusion.',
    { default: 'trust' },
  )
  @IsIn(['trust', 'rrf'])
  RETRIEVAL_FUSION: 'trust' | 'rrf';

  @Setting(
    'Maximal marginal relevance: 1 ranks passages by relevance, 0 by difference from each other; not set: off.',
    { type: 'number' },
  )
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  RETRIEVAL_MMR_LAMBDA?: number;

  @Setting(
    'Whole address of a reranker, e.g. `https://api.cohere.com/v2/rerank`; it gets questions and passages. Not set: none.',
  )
  @IsOptional()
  @Matches(/^https?:\/\//, HTTP_URL)
  RERANK_URL?: string;

  @Setting(
    'What the reranker speaks: `cohere` (also Jina and others) or `tei` (Text Embeddings Inference).',
    {
      default: 'cohere',
    },
  )
  @IsIn(['cohere', 'tei'])
  RERANK_API: 'cohere' | 'tei';

  @Setting('Model that the reranker is asked for; with `tei` only a name that keeps cached answers apart.')
  @IsOptional()
  @IsString()
  RERANK_MODEL?: string;

  @Setting('Key of the reranker.')
  @IsOptional()
  @IsString()
  RERANK_API_KEY?: string;

  @Setting('Passages that are reranked per question; `top_k` if that is more.', { default: 50 })
  @IsInt()
  @Min(1)
  @Max(200)
  RERANK_CANDIDATES: number;

  @Setting('Milliseconds after which a question does without the reranker.', { default: 2000 })
  @IsInt()
  @Min(10)
  RERANK_TIMEOUT_MS: number;
}
