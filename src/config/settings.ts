import { AUDIT_SETTINGS, AUTH_SETTINGS, LIMITS_SETTINGS } from '../auth/auth.settings';
import { CHUNKING_SETTINGS } from '../chunking/chunking.settings';
import { DATABASE_SETTINGS } from '../database/database.settings';
import { EMBEDDING_CACHE_SETTINGS } from '../embedding-cache/embedding-cache.settings';
import { INGESTION_SETTINGS } from '../ingestion/ingestion.settings';
import {
  EMBEDDING_SETTINGS,
  LLM_SETTINGS,
  PROVIDER_SETTINGS,
  RERANK_SETTINGS,
} from '../models/models.settings';
import { TRACING_SETTINGS } from '../observability/tracing.settings';
import { QUEUE_SETTINGS } from '../queue/queue.settings';
import { REDIS_CACHE_SETTINGS } from '../redis/redis.settings';
import { RETRIEVAL_SETTINGS } from '../retrieval/retrieval.settings';
import { SEMANTIC_CACHE_SETTINGS } from '../semantic-cache/semantic-cache.settings';
import { SPACE_UPGRADE_SETTINGS } from '../space-upgrade/space-upgrade.settings';
import { USAGE_SETTINGS } from '../usage/usage.settings';
import { HTTP_SETTINGS } from './http.settings';
import { PROCESS_SETTINGS } from './process.settings';

/** Every setting of the service, by section. `docs/configuration.md` is made of it. */
export const SETTINGS = {
  process: PROCESS_SETTINGS,
  http: HTTP_SETTINGS,
  database: DATABASE_SETTINGS,
  redisCache: REDIS_CACHE_SETTINGS,
  queue: QUEUE_SETTINGS,
  auth: AUTH_SETTINGS,
  limits: LIMITS_SETTINGS,
  audit: AUDIT_SETTINGS,
  providers: PROVIDER_SETTINGS,
  embedding: EMBEDDING_SETTINGS,
  embeddingCache: EMBEDDING_CACHE_SETTINGS,
  chunking: CHUNKING_SETTINGS,
  retrieval: RETRIEVAL_SETTINGS,
  rerank: RERANK_SETTINGS,
  llm: LLM_SETTINGS,
  usage: USAGE_SETTINGS,
  semanticCache: SEMANTIC_CACHE_SETTINGS,
  ingestion: INGESTION_SETTINGS,
  spaceUpgrade: SPACE_UPGRADE_SETTINGS,
  tracing: TRACING_SETTINGS,
};
