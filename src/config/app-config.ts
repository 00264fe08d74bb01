import { join, resolve } from 'node:path';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { Environment } from './environment';
import { settingsOf } from './setting';

/** All problems of the environment at once; the process exits with 78 (EX_CONFIG of sysexits.h). */
export class ConfigError extends Error {
  static readonly exitCode = 78;
  constructor(readonly problems: readonly string[]) {
    super(
      `The configuration has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** Whether nobody on the way can change what is read from a URL. */
function isSecure(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || LOOPBACK.test(hostname.replace(/^\[|\]$/g, ''));
}

/** Dimensions of well-known models, so that naming the model is enough. */
const KNOWN_DIMENSIONS: Record<string, number> = {
  'use-lite': 512,
  'use-lite-int8-v2': 512,
  'text-embedding-3-small': 1536,
  'text-embedding-3-large': 3072,
  'text-embedding-ada-002': 1536,
};

/** The environment, parsed once into validated sections. The only reader of `process.env` is its caller. */
export class AppConfig {
  private constructor(private readonly env: Environment) {}

  /** @throws ConfigError naming every problem */
  static parse(raw: Record<string, string | undefined>): AppConfig {
    const known = Object.fromEntries(settingsOf(Environment).map(({ name }) => [name, raw[name]]));
    const env = plainToInstance(Environment, known, { exposeUnsetFields: false });
    const problems = validateSync(env).flatMap((error) => Object.values(error.constraints ?? {}));
    const config = new AppConfig(env);
    problems.push(...(problems.length === 0 ? config.contradictions() : []));
    if (problems.length > 0) throw new ConfigError(problems);
    return config;
  }

  get role() {
    return this.env.ROLE;
  }

  /** Absolute path of the folder for embedded data. */
  get dataDir(): string {
    return resolve(this.env.DATA_DIR);
  }

  /** Milliseconds that what runs gets to end once the process is told to stop. */
  get shutdownTimeoutMs(): number {
    return this.env.SHUTDOWN_TIMEOUT_SECONDS * 1000;
  }

  /** Milliseconds of these during which requests are still taken. */
  get shutdownDrainMs(): number {
    return this.env.SHUTDOWN_DRAIN_SECONDS * 1000;
  }

  get tracing() {
    const headers = this.env.OTEL_EXPORTER_OTLP_HEADERS.map((header) => {
      const [name, ...value] = header.split('=');
      return [name, value.join('=')] as const;
    });
    return {
      /** Base URL of an OTLP receiver; `null` means that nothing is traced. */
      endpoint: this.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
      headers: Object.fromEntries(headers),
      serviceName: this.env.OTEL_SERVICE_NAME,
      sampleShare: this.env.OTEL_TRACES_SAMPLER_ARG,
    };
  }

  get logLevel() {
    return this.env.LOG_LEVEL;
  }

  get http() {
    return {
      host: this.env.HOST,
      port: this.env.PORT,
      /** `null` means that there is none of its own. */
      managementPort: this.env.MANAGEMENT_PORT ?? null,
      trustedProxies: this.env.TRUSTED_PROXIES,
      maxRequestBytes: this.env.MAX_REQUEST_BYTES,
      /** Of calls that bring documents in. */
      maxBodyBytes: this.env.MAX_BODY_BYTES,
    };
  }

  /** Milliseconds for one request, over everything that is asked on the way. */
  get requestDeadlineMs(): number {
    return this.env.REQUEST_DEADLINE_MS;
  }

  get database() {
    return {
      /** `null` means the embedded PGlite. */
      url: this.env.DATABASE_URL ?? null,
      replicaUrls: this.env.DATABASE_REPLICA_URLS,
      poolSize: this.env.DATABASE_POOL_SIZE,
      statementTimeoutMs: this.env.DATABASE_STATEMENT_TIMEOUT_MS,
      waitMs: this.env.DATABASE_WAIT_MS,
      migrateOnStart: this.env.MIGRATE_ON_START,
    };
  }

  get queue() {
    const backend = this.env.QUEUE_BACKEND;
    const redisUrl = this.env.REDIS_QUEUE_URL ?? null;
    return {
      backend: backend === 'auto' ? (redisUrl ? 'redis' : 'postgres') : backend,
      redisUrl,
      parseConcurrency: this.env.PARSE_CONCURRENCY,
      chunkConcurrency: this.env.CHUNK_CONCURRENCY,
      embedConcurrency: this.env.EMBED_CONCURRENCY,
      sweepIntervalMs: this.env.SWEEP_INTERVAL_SECONDS * 1000,
      lockMs: this.env.JOB_LOCK_SECONDS * 1000,
    } as const;
  }

  get redisCache() {
    /** `url: null` means process memory; several URLs separated by commas name a cluster. */
    return { url: this.env.REDIS_CACHE_URL ?? null, timeoutMs: this.env.REDIS_CACHE_TIMEOUT_MS };
  }

  get auth() {
    const embedded = this.env.DATABASE_URL === undefined;
    const open = this.env.AUTH === 'disabled' || (this.env.AUTH === 'auto' && embedded && this.onLoopback);
    return { enabled: !open, oidc: this.env.AUTH === 'oidc' ? this.oidc : null };
  }

  private get oidc() {
    return {
      issuer: this.env.OIDC_ISSUER ?? '',
      audience: this.env.OIDC_AUDIENCE,
      algorithms: this.env.OIDC_ALGORITHMS,
      clockToleranceSeconds: this.env.OIDC_CLOCK_TOLERANCE_SECONDS,
      jwksCooldownMs: this.env.OIDC_JWKS_COOLDOWN_SECONDS * 1000,
      userClaim: this.env.OIDC_USER_CLAIM,
      groupsClaim: this.env.OIDC_GROUPS_CLAIM,
      /** `null` means that all users are of `tenant`. */
      tenantClaim: this.env.OIDC_TENANT_CLAIM ?? null,
      tenant: this.env.OIDC_TENANT,
      /** `null` means that all users have `scopes`. */
      scopeClaim: this.env.OIDC_SCOPE_CLAIM ?? null,
      scopes: this.env.OIDC_SCOPES,
      /** `null` means that nobody asks on behalf of another. */
      mayActAsClaim: this.env.OIDC_MAY_ACT_AS_CLAIM ?? null,
    };
  }

  get auditRetentionDays(): number {
    return this.env.AUDIT_RETENTION_DAYS;
  }

  /** `null` means no limit. */
  get limits() {
    return {
      tenantRequestsPerMinute: this.env.TENANT_REQUESTS_PER_MINUTE ?? null,
      keyRequestsPerMinute: this.env.KEY_REQUESTS_PER_MINUTE || null,
      keyEmbeddedTextsPerMinute: this.env.KEY_EMBEDDED_TEXTS_PER_MINUTE || null,
      keyOpenStreams: this.env.KEY_OPEN_STREAMS || null,
      failedLoginsPerMinute: this.env.FAILED_LOGINS_PER_MINUTE || null,
    };
  }

  get embedding() {
    const provider = this.env.EMBEDDING_PROVIDER;
    const model = this.env.EMBEDDING_MODEL ?? (provider === 'local' ? 'use-lite' : 'text-embedding-3-small');
    return {
      provider,
      model,
      dimensions: this.env.EMBEDDING_DIMENSIONS ?? KNOWN_DIMENSIONS[model] ?? 0,
      threads: this.env.EMBEDDING_THREADS,
      /** Absolute path of the folder of the converted local model. */
      modelDir: resolve(this.env.EMBEDDING_MODEL_DIR ?? join(this.env.DATA_DIR, 'models')),
      timeoutMs: this.env.EMBEDDING_TIMEOUT_MS,
      patienceMs: this.env.EMBEDDING_PATIENCE_MS,
      breaker: {
        failures: this.env.EMBEDDING_BREAKER_FAILURES,
        openMs: this.env.EMBEDDING_BREAKER_SECONDS * 1000,
      },
      baseUrl: this.env.OPENAI_BASE_URL,
      apiKey: this.env.OPENAI_API_KEY,
    };
  }

  get embeddingCache() {
    return {
      ttlSeconds: Math.round(this.env.EMBEDDING_CACHE_TTL_DAYS * 86_400),
      ttlDays: this.env.EMBEDDING_CACHE_TTL_DAYS,
      refreshOnUse: this.env.EMBEDDING_CACHE_REFRESH_ON_USE,
      shared: this.env.EMBEDDING_CACHE_SHARED,
      memoryBytes: this.env.EMBEDDING_CACHE_MEMORY_BYTES,
      encoding: this.env.EMBEDDING_CACHE_ENCODING,
    };
  }

  get llm() {
    return {
      provider: this.env.LLM_PROVIDER,
      model: this.env.LLM_MODEL,
      complexModel: this.env.LLM_MODEL_COMPLEX ?? this.env.LLM_MODEL,
      maxTokens: this.env.LLM_MAX_TOKENS,
      temperature: this.env.LLM_TEMPERATURE,
      timeoutMs: this.env.LLM_TIMEOUT_MS,
      contextMaxTokens: this.env.CONTEXT_MAX_TOKENS,
      /** `null` means none. */
      fallbackModel: this.env.LLM_MODEL_FALLBACK ?? null,
      deadlineMs: this.env.LLM_DEADLINE_MS,
      maxTries: this.env.LLM_MAX_TRIES,
      breaker: { failures: this.env.LLM_BREAKER_FAILURES, openMs: this.env.LLM_BREAKER_SECONDS * 1000 },
      maxConcurrent: this.env.LLM_MAX_CONCURRENT,
      /** `null` means no limit. */
      perMinute: {
        requests: this.env.LLM_REQUESTS_PER_MINUTE ?? null,
        tokens: this.env.LLM_TOKENS_PER_MINUTE ?? null,
      },
      baseUrl: this.env.OPENAI_BASE_URL,
      apiKey: this.env.OPENAI_API_KEY,
    };
  }

  get prices() {
    return this.env.LLM_PRICES.map((entry) => {
      const [model, price] = entry.split('=');
      const [prompt, completion] = price.split('/').map(Number);
      return { model: model.trim(), prompt, completion };
    });
  }

  get budgetWarnShare(): number {
    return this.env.BUDGET_WARN_SHARE;
  }

  get chunking() {
    return {
      driftThreshold: this.env.CHUNK_DRIFT_THRESHOLD,
      maxTokens: this.env.CHUNK_MAX_TOKENS,
      minTokens: this.env.CHUNK_MIN_TOKENS,
      overlapTokens: this.env.CHUNK_OVERLAP,
    };
  }

  get retrieval() {
    return {
      topK: this.env.RETRIEVAL_TOP_K,
      efSearch: this.env.RETRIEVAL_EF_SEARCH,
      recallSample: this.env.RETRIEVAL_RECALL_SAMPLE,
      slowMs: this.env.RETRIEVAL_SLOW_MS,
      fusion: this.env.RETRIEVAL_FUSION,
      /** `null` means that passages are not diversified. */
      mmrLambda: this.env.RETRIEVAL_MMR_LAMBDA ?? null,
    };
  }

  get rerank() {
    return {
      /** `null` means no reranker. */
      url: this.env.RERANK_URL ?? null,
      api: this.env.RERANK_API,
      model: this.env.RERANK_MODEL,
      apiKey: this.env.RERANK_API_KEY,
      candidates: this.env.RERANK_CANDIDATES,
      timeoutMs: this.env.RERANK_TIMEOUT_MS,
    };
  }

  get semanticCache() {
    return {
      /** Cosine similarity; `null` for no least one. */
      threshold: this.env.SEMANTIC_CACHE_THRESHOLD ?? null,
      /** Share of semantic hits that may be wrong, 0 to 1. */
      errorBudget: this.env.SEMANTIC_CACHE_ERROR_BUDGET,
      index: this.env.SEMANTIC_CACHE_INDEX,
      memoryEntries: this.env.SEMANTIC_CACHE_MEMORY_ENTRIES,
      serveUnverified: this.env.SEMANTIC_CACHE_SERVE_UNVERIFIED,
      hnsw: {
        m: this.env.SEMANTIC_CACHE_HNSW_M,
        efConstruction: this.env.SEMANTIC_CACHE_HNSW_EF_CONSTRUCTION,
        efRuntime: this.env.SEMANTIC_CACHE_HNSW_EF_RUNTIME,
      },
      minEvidence: this.env.SEMANTIC_CACHE_MIN_EVIDENCE,
      auditSample: this.env.SEMANTIC_CACHE_AUDIT_SAMPLE,
      judge: this.env.SEMANTIC_CACHE_JUDGE ?? (this.env.LLM_PROVIDER === 'openai' ? 'after' : 'off'),
      /** Of the questions that reach the semantic layer, 0 to 1. */
      judgeShare: this.env.SEMANTIC_CACHE_JUDGE_SHARE,
      judgeModel: this.env.SEMANTIC_CACHE_JUDGE_MODEL ?? this.env.LLM_MODEL,
    };
  }

  get spaceUpgrade() {
    return {
      recentQuestionsPerMinute: this.env.RECENT_QUESTIONS_PER_MINUTE,
      recentQuestionDays: this.env.RECENT_QUESTION_RETENTION_DAYS,
      /** `null` means as many as the model takes. */
      chunksPerSecond: this.env.SPACE_BACKFILL_RATE ?? null,
      gate: {
        questions: this.env.SPACE_GATE_QUESTIONS,
        overlap: this.env.SPACE_GATE_OVERLAP,
        recall: this.env.SPACE_GATE_RECALL,
      },
      graceMs: this.env.SPACE_RETIRE_GRACE_HOURS * 3_600_000,
      dropDelayMs: this.env.SPACE_DROP_DELAY_SECONDS * 1000,
      /** `null` leaves either to the server. */
      index: { memory: this.env.SPACE_INDEX_MEMORY ?? null, workers: this.env.SPACE_INDEX_WORKERS ?? null },
    };
  }

  get ingestion() {
    return {
      maxDocumentBytes: this.env.MAX_DOCUMENT_BYTES,
      maxDocumentsPerRequest: this.env.MAX_DOCUMENTS_PER_REQUEST,
      maxQueuedDocuments: this.env.MAX_QUEUED_DOCUMENTS,
      jobRetentionDays: this.env.INGEST_JOB_RETENTION_DAYS,
      parseTimeoutMs: this.env.PARSE_TIMEOUT_SECONDS * 1000,
      parseMemoryMb: this.env.PARSE_MEMORY_MB,
      urlTimeoutMs: this.env.INGEST_URL_TIMEOUT_MS,
      urlAllowHosts: this.env.INGEST_URL_ALLOW_HOSTS,
    };
  }

  private get onLoopback(): boolean {
    return LOOPBACK.test(this.env.HOST);
  }

  /** What single variables cannot tell. */
  private contradictions(): string[] {
    const problems: string[] = [];
    if (this.env.QUEUE_BACKEND === 'redis' && !this.env.REDIS_QUEUE_URL)
      problems.push('QUEUE_BACKEND=redis needs REDIS_QUEUE_URL');
    if (this.env.REDIS_QUEUE_URL && this.env.REDIS_QUEUE_URL === this.env.REDIS_CACHE_URL)
      problems.push(
        'REDIS_QUEUE_URL and REDIS_CACHE_URL must be two servers: one must evict, the other must never',
      );
    if (this.env.AUTH === 'disabled' && !this.onLoopback)
      problems.push('AUTH=disabled is accepted on a loopback HOST only; use AUTH=api-key');
    if (this.env.AUTH === 'oidc' && !this.env.OIDC_ISSUER) problems.push('AUTH=oidc needs OIDC_ISSUER');
    if (this.env.AUTH === 'oidc' && this.env.OIDC_AUDIENCE.length === 0)
      problems.push(
        'AUTH=oidc needs OIDC_AUDIENCE: else tokens made for any other service would be accepted',
      );
    if (this.env.OIDC_ISSUER && !isSecure(this.env.OIDC_ISSUER))
      problems.push('OIDC_ISSUER must be an https:// URL, or of a loopback address');
    if (this.env.MANAGEMENT_PORT && this.env.MANAGEMENT_PORT === this.env.PORT)
      problems.push('MANAGEMENT_PORT must be another one than PORT');
    if (this.env.DATABASE_REPLICA_URLS.length > 0 && !this.env.DATABASE_URL)
      problems.push('DATABASE_REPLICA_URLS needs DATABASE_URL');
    if (this.env.ROLE !== 'all' && !this.env.DATABASE_URL)
      problems.push('ROLE=api and ROLE=worker need DATABASE_URL: the embedded database serves one process');
    if (this.embedding.dimensions === 0)
      problems.push(`EMBEDDING_DIMENSIONS must be set for the model ${this.embedding.model}`);
    if (
      this.env.SEMANTIC_CACHE_INDEX !== 'auto' &&
      this.env.SEMANTIC_CACHE_INDEX !== 'memory' &&
      !this.env.REDIS_CACHE_URL
    )
      problems.push(`SEMANTIC_CACHE_INDEX=${this.env.SEMANTIC_CACHE_INDEX} needs REDIS_CACHE_URL`);
    if (this.semanticCache.judge !== 'off' && this.env.LLM_PROVIDER !== 'openai')
      problems.push(`SEMANTIC_CACHE_JUDGE=${this.env.SEMANTIC_CACHE_JUDGE} needs LLM_PROVIDER=openai`);
    if (this.env.SHUTDOWN_DRAIN_SECONDS >= this.env.SHUTDOWN_TIMEOUT_SECONDS)
      problems.push('SHUTDOWN_DRAIN_SECONDS must be less than SHUTDOWN_TIMEOUT_SECONDS');
    if (this.env.RERANK_URL && this.env.RERANK_API === 'cohere' && !this.env.RERANK_MODEL)
      problems.push('RERANK_API=cohere needs RERANK_MODEL');
    if (!this.env.RERANK_URL && (this.env.RERANK_MODEL || this.env.RERANK_API_KEY))
      problems.push('RERANK_MODEL and RERANK_API_KEY need RERANK_URL');
    if (this.env.CHUNK_MIN_TOKENS > this.env.CHUNK_MAX_TOKENS)
      problems.push('CHUNK_MIN_TOKENS must not exceed CHUNK_MAX_TOKENS');
    if (this.env.CHUNK_OVERLAP * 2 > this.env.CHUNK_MAX_TOKENS)
      problems.push('CHUNK_OVERLAP must not exceed half of CHUNK_MAX_TOKENS');
    return problems;
  }
}
