import { sha256OfParts } from '../common/hash';
import { canonicalQuestion } from './canonical-question';

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
  /** What the question is asked of; its model says how similar two questions must be. */
  embeddingSpace: { id: number; model: string };
  /** Settings and models that decide what is retrieved. */
  retrieval: string;
  /** Provider, models and parameters that write the answer. */
  languageModel: string;
  /** What stands around the question in its text, @see focusOf; absent or empty where nothing does. */
  questionContext?: string;
}

const hashes = new WeakMap<CacheScope, string>();

/** The scope as 64 hexadecimal digits; equal exactly for equal scopes (the order of principals is no difference). */
export function scopeHash(scope: CacheScope): string {
  let hash = hashes.get(scope);
  if (hash === undefined) hashes.set(scope, (hash = scopeHashIn(spacelessHash(scope), scope.embeddingSpace)));
  return hash;
}

/** What the answer to a question lies under, 32 hexadecimal digits: equal for what may share an answer by its words alone. */
export function answerId(scopeHash: string, question: string): string {
  return sha256OfParts([scopeHash, canonicalQuestion(question)]).slice(0, 32);
}

/** Of everything but the embedding space: equal for scopes that an upgrade moves answers between. */
export function spacelessHash(scope: CacheScope): string {
  return sha256OfParts([
    scope.tenantId,
    scope.collectionId,
    JSON.stringify([...new Set(scope.principals)].sort()),
    scope.filters,
    String(scope.topK),
    scope.promptVersion,
    scope.retrieval,
    scope.languageModel,
    ...(scope.questionContext ? [scope.questionContext] : []),
  ]);
}

/** The {@link scopeHash} of the scope with this {@link spacelessHash} in an embedding space. */
export function scopeHashIn(spaceless: string, { id, model }: CacheScope['embeddingSpace']): string {
  return sha256OfParts([spaceless, String(id), model]);
}
