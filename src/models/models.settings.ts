import { choice, HTTP_URL, integer, number, text, type ValuesOf } from '../config/setting';
import { LOCAL_EMBEDDINGS, LOCAL_MODEL_SETTINGS } from './drivers/local/local.settings';
import { OPENAI_EMBEDDINGS, OPENAI_SETTINGS } from './drivers/openai/openai.settings';

/** The embedding models of each provider, with the length of their vectors; the first is the provider's default. */
const EMBEDDINGS: Record<'local' | 'openai', Record<string, number>> = {
  local: LOCAL_EMBEDDINGS,
  openai: OPENAI_EMBEDDINGS,
};

/** Model providers */
export const PROVIDER_SETTINGS = { openai: OPENAI_SETTINGS };

/** Embeddings */
export const EMBEDDING_SETTINGS = {
  /** `local` runs the shipped model in worker threads; `openai` asks any OpenAI-compatible `/embeddings`. */
  provider: choice('EMBEDDING_PROVIDER', ['local', 'openai'], { default: 'local' }),
  /**
   * Embedding model, pinned: a database made with another is refused. Default `use-lite` (local) or
   * `text-embedding-3-small`.
   */
  model: text('EMBEDDING_MODEL', {}),
  /**
   * Length of its vectors, also pinned. Default 512 (local), 1536 (`text-embedding-3-small`) or 3072 (`-large`).
   */
  dimensions: integer('EMBEDDING_DIMENSIONS', { min: 1, max: 4000 }),
  ...LOCAL_MODEL_SETTINGS,
  /** Milliseconds after which one try of the embedding endpoint is given up. */
  timeoutMs: integer('EMBEDDING_TIMEOUT_MS', { default: 15_000, min: 100 }),
  /** Milliseconds that a question waits for the embedding endpoint, over all tries; then text search alone answers. */
  patienceMs: integer('EMBEDDING_PATIENCE_MS', { default: 5_000, min: 10 }),
  breaker: {
    /** Failed tries in a row after which the embedding endpoint is not asked for a while. */
    failures: integer('EMBEDDING_BREAKER_FAILURES', { default: 5, min: 1 }),
    /** Seconds for which it is not asked; then one call tries it. */
    openMs: number('EMBEDDING_BREAKER_SECONDS', { default: 10, min: 0.01, times: 1000 }),
  },
};

/** The model that is meant, and the length of its vectors; 0 where nobody knows it. */
export function embeddingModelNamed({
  provider,
  model,
  dimensions,
}: Pick<ValuesOf<typeof EMBEDDING_SETTINGS>, 'provider' | 'model' | 'dimensions'>) {
  const name = model ?? Object.keys(EMBEDDINGS[provider])[0];
  const known: Record<string, number | undefined> = Object.assign({}, ...Object.values(EMBEDDINGS));
  return { model: name, dimensions: dimensions ?? known[name] ?? 0 };
}

/** Language models */
export const LLM_SETTINGS = {
  /** `extractive` cites the best sentences, without a model; `openai` asks any OpenAI-compatible `/chat/completions`. */
  provider: choice('LLM_PROVIDER', ['extractive', 'openai'], { default: 'extractive' }),
  /** Language model for questions. */
  model: text('LLM_MODEL', { default: 'gpt-4o-mini' }),
  /** Language model for complex questions; not set: `LLM_MODEL`. */
  complexModel: text('LLM_MODEL_COMPLEX', {}),
  /** Language model that is asked where the one chosen gives no answer, at the same endpoint; not set: none. */
  fallbackModel: text('LLM_MODEL_FALLBACK', {}),
  /** Longest answer in tokens. */
  maxTokens: integer('LLM_MAX_TOKENS', { default: 500, min: 1 }),
  /** Sampling temperature, 0 to 2. */
  temperature: number('LLM_TEMPERATURE', { default: 0.2, min: 0, max: 2 }),
  /** Tokens of context given to the language model. */
  contextMaxTokens: integer('CONTEXT_MAX_TOKENS', { default: 3000, min: 100 }),
  /** Milliseconds after which one try of the language model is given up. */
  timeoutMs: integer('LLM_TIMEOUT_MS', { default: 30_000, min: 100 }),
  /** Milliseconds after which a question is given up, over all tries of all models and all waiting. */
  deadlineMs: integer('LLM_DEADLINE_MS', { default: 60_000, min: 100 }),
  /** Tries per language model, with pauses that double and `Retry-After` honoured. */
  maxTries: integer('LLM_MAX_TRIES', { default: 3, min: 1, max: 10 }),
  breaker: {
    /** Failed tries in a row after which a language model is not asked for a while. */
    failures: integer('LLM_BREAKER_FAILURES', { default: 5, min: 1 }),
    /** Seconds for which it is not asked; then one call tries it. */
    openMs: number('LLM_BREAKER_SECONDS', { default: 10, min: 0.01, times: 1000 }),
  },
  /** Calls to language models that a process has under way at once; four times as many may wait. */
  maxConcurrent: integer('LLM_MAX_CONCURRENT', { default: 32, min: 1 }),
  perMinute: {
    /** Requests per minute to each language model, of all processes together; not set: no limit. */
    requests: integer('LLM_REQUESTS_PER_MINUTE', { min: 1 }),
    /** Tokens per minute, of prompts and longest answers, to each language model, of all processes; not set: no limit. */
    tokens: integer('LLM_TOKENS_PER_MINUTE', { min: 1 }),
  },
};

/** Reranking */
export const RERANK_SETTINGS = {
  /** Whole address of a reranker, e.g. `https://api.cohere.com/v2/rerank`; it gets questions and passages. Not set: none. */
  url: text('RERANK_URL', HTTP_URL),
  /** What the reranker speaks: `cohere` (also Jina and others) or `tei` (Text Embeddings Inference). */
  api: choice('RERANK_API', ['cohere', 'tei'], { default: 'cohere' }),
  /** Model that the reranker is asked for; with `tei` only a name that separates cached answers. */
  model: text('RERANK_MODEL', {}).as((model) => model ?? undefined),
  /** Key of the reranker. */
  apiKey: text('RERANK_API_KEY', {}).as((key) => key ?? undefined),
  /** Passages that are reranked per question; `top_k` if that is more. */
  candidates: integer('RERANK_CANDIDATES', { default: 50, min: 1, max: 200 }),
  /** Milliseconds after which a question does without the reranker. */
  timeoutMs: integer('RERANK_TIMEOUT_MS', { default: 2000, min: 10 }),
};
