import type { RetrievalRequest } from '../retrieval/retrieval-request';
import type { CacheScope } from '../semantic-cache/cache-scope';

/** A question with everything that is settled before anything is looked up. */
export interface QuestionContext {
  question: string;
  /** Name of the collection. */
  collection: string;
  scope: CacheScope;
  /** Its epoch was read before anything else; null where Postgres could not be asked. */
  search: RetrievalRequest;
}
