import type { Retrieval } from '../retrieval/passage';

/** What a question finds, and by which vector. */
export interface FoundEvidence {
  /** L2-normalised; null when the embedding model could not be asked. */
  vector: Float32Array | null;
  retrieval: Retrieval;
}
