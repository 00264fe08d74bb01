import type { Retrieval } from '../retrieval/passage';

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
