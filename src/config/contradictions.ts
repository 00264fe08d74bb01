import { embeddingModelNamed } from '../models/models.settings';
import type { ValuesOf } from './setting';
import type { SETTINGS } from './settings';

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** Whether an address is one of this machine alone. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Whether nobody on the way can change what is read from a URL. */
function isSecure(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

/** What single settings cannot tell: the problems of those that do not fit each other. */
export function contradictionsIn({
  process,
  http,
  database,
  redisCache,
  queue,
  auth: { mode, oidc },
  embedding,
  llm,
  rerank,
  chunking,
  semanticCache: { index, judge },
}: ValuesOf<typeof SETTINGS>): string[] {
  const named = embeddingModelNamed(embedding);
  const rules: [isBroken: boolean, problem: string][] = [
    [queue.backend === 'redis' && !queue.redisUrl, 'QUEUE_BACKEND=redis needs REDIS_QUEUE_URL'],
    [
      queue.redisUrl !== null && queue.redisUrl === redisCache.url,
      'REDIS_QUEUE_URL and REDIS_CACHE_URL must be two servers: one must evict, the other must never',
    ],
    [
      mode === 'disabled' && !isLoopback(http.host),
      'AUTH=disabled is accepted on a loopback HOST only; use AUTH=api-key',
    ],
    [mode === 'oidc' && !oidc.issuer, 'AUTH=oidc needs OIDC_ISSUER'],
    [
      mode === 'oidc' && oidc.audience.length === 0,
      'AUTH=oidc needs OIDC_AUDIENCE: else tokens made for any other service would be accepted',
    ],
    [
      oidc.issuer !== null && !isSecure(oidc.issuer),
      'OIDC_ISSUER must be an https:// URL, or of a loopback address',
    ],
    [oidc.algorithms.length === 0, 'OIDC_ALGORITHMS must name at least one'],
    [
      Boolean(http.managementPort) && http.managementPort === http.port,
      'MANAGEMENT_PORT must be another one than PORT',
    ],
    [database.replicaUrls.length > 0 && !database.url, 'DATABASE_REPLICA_URLS needs DATABASE_URL'],
    [
      process.role !== 'all' && !database.url,
      'ROLE=api and ROLE=worker need DATABASE_URL: the embedded database serves one process',
    ],
    [named.dimensions === 0, `EMBEDDING_DIMENSIONS must be set for the model ${named.model}`],
    [
      index !== 'auto' && index !== 'memory' && !redisCache.url,
      `SEMANTIC_CACHE_INDEX=${index} needs REDIS_CACHE_URL`,
    ],
    [
      judge !== null && judge !== 'off' && llm.provider === 'extractive',
      `SEMANTIC_CACHE_JUDGE=${judge} needs LLM_PROVIDER=openai`,
    ],
    [
      process.shutdownDrainMs >= process.shutdownTimeoutMs,
      'SHUTDOWN_DRAIN_SECONDS must be less than SHUTDOWN_TIMEOUT_SECONDS',
    ],
    [rerank.url !== null && rerank.api === 'cohere' && !rerank.model, 'RERANK_API=cohere needs RERANK_MODEL'],
    [
      !rerank.url && Boolean(rerank.model ?? rerank.apiKey),
      'RERANK_MODEL and RERANK_API_KEY need RERANK_URL',
    ],
    [chunking.minTokens > chunking.maxTokens, 'CHUNK_MIN_TOKENS must not exceed CHUNK_MAX_TOKENS'],
    [
      chunking.overlapTokens * 2 > chunking.maxTokens,
      'CHUNK_OVERLAP must not exceed half of CHUNK_MAX_TOKENS',
    ],
  ];
  return rules.filter(([isBroken]) => isBroken).map(([, problem]) => problem);
}
