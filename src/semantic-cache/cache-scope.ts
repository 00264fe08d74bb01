import { sha256OfParts } from '../common/hash';

/** Everything that decides an answer besides the question's words. Equal scopes share answers, others never. */
export interface CacheScope {
  tenantId: string;
  collectionId: string;
  /** Those of the caller's principals that decide what it may read in this collection. */
  principals: readonly string[];
  /** Canonical JSON of the request's filters. */
  filters: string;
  topK: number;
  promptVersion: string;
  embeddingSpaceId: number;
  /** Settings and models that decide what is retrieved. */
  retrieval: string;
  /** Provider, models and parameters that write the answer. */
  languageModel: string;
  /** Hash of the conversation that the question stands in; empty for none. */
  conversation: string;
}

/** The scope as 64 hexadecimal digits; equal exactly for equal scopes (the order of principals is no difference). */
export function scopeHash(scope: CacheScope): string {
  return sha256OfParts([
    scope.tenantId,
    scope.collectionId,
    JSON.stringify([...new Set(scope.principals)].sort()),
    scope.filters,
    String(scope.topK),
    scope.promptVersion,
    String(scope.embeddingSpaceId),
    scope.retrieval,
    scope.languageModel,
    scope.conversation,
  ]);
}
