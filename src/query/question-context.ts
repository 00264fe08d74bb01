import type { SearchRequest } from '../retrieval/search-request';
import type { CacheScope } from '../semantic-cache/cache-scope';

/** A question with everything that is settled before anything is looked up. */
export interface QuestionContext {
  question: string;
  scope: CacheScope;
  search: SearchRequest;
  /** The collection's epoch as this request read it first; a decimal bigint. Null: Postgres could not be asked. */
  epoch: string | null;
}
