import type { Retrieval } from '../retrieval/passage';
import type { RetrievalRequest } from '../retrieval/retrieval-request';
import type { CacheScope } from '../semantic-cache/cache-scope';

/** A question with everything that is settled before anything is looked up. */
export interface QuestionContext {
  question: string;
  /** What of the question is compared with others: all of it but what stands around it, @see focusOf */
  focus: string;
  /** Keyed hash of who asks it. @see UserPseudonyms */
  askedBy: string;
  /** Whether it is several questions in a row: then it shares answers by its very words alone. */
  isComposed?: boolean;
  /** Name of the collection. */
  collection: string;
  scope: CacheScope;
  /** Its epoch was read before anything else; null where Postgres could not be asked. */
  search: RetrievalRequest;
}

/** Vectors of a question, L2-normalised; null when the embedding model could not be asked. */
export interface QuestionVectors {
  /** Of all of it, for retrieval. */
  question: Float32Array | null;
  /** Of its focus, for comparing it with other questions. */
  focus: Float32Array | null;
}

/** What a question finds, and by which vectors. */
export interface FoundEvidence {
  vectors: QuestionVectors;
  retrieval: Retrieval;
}
