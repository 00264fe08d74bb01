import type { SearchedSpace } from './search-plan';
import type { SearchRequest } from './search-request';

/** An embedding space as a request sees it; `EmbeddingSpace` is one. */
export interface AskedSpace extends SearchedSpace {
  id: number;
  /** Name of the embedding model. */
  model: string;
}

/**
 * A request with the embedding space that it is asked of: settled once at its beginning, so that the question's vector,
 * the vectors that it is compared with and the cached answers that it may share are all of one space, whatever is
 * promoted meanwhile.
 */
export interface RetrievalRequest extends SearchRequest {
  space: AskedSpace;
}
