import { sha256OfParts } from '../common/hash';

/** A chunk as evidence for one question, with the parts of its score. */
export interface Passage {
  chunkId: string;
  documentId: string;
  externalId: string;
  /** The document's searchable version that the offsets refer to. */
  version: number;
  title: string | null;
  /** Position among the document's chunks, from 0. */
  ordinal: number;
  /** UTF-16 offsets into the version's normalised text. */
  start: number;
  end: number;
  headingPath: string[];
  /** Page or slide, `12` or `12–13`, or sheet; null for a document without pages. */
  page: string | null;
  /** By which the document's words are stemmed. */
  language: string;
  content: string;
  /** SHA-256 of `content`, hexadecimal. */
  contentHash: string;
  /** When the source says it was changed, else when it came in. */
  lastModified: Date;
  /** What it is ranked by, 0 to 1: fused, or the rerank model's where there is one. */
  score: number;
  /** Cosine similarity, -1 to 1; null when the vector arm did not find the chunk. */
  vectorScore: number | null;
  /** Text relevance, ≥ 0; null when the text arm did not find the chunk. */
  textScore: number | null;
  /** Share of the vector arm in the fused score, 0 to 1; the text arm has the rest. */
  vectorWeight: number;
  /** As the rerank model gave it, mostly 0 to 1; null when none was asked. */
  rerankScore: number | null;
}

/** What one question finds. */
export interface Retrieval {
  /** Best first. */
  passages: Passage[];
  fingerprint: string;
  /**
   * Whether the configured reranker had to be left out. Such passages answer a question, but say nothing about answers
   * that were, or will be, made with it: they are not cached, and neither prove nor disprove what is.
   */
  degraded: boolean;
}

/** What a prompt would be made of: equal exactly if the same texts under the same titles would be quoted. */
export function contextFingerprint(passages: readonly Passage[]): string {
  return sha256OfParts(
    passages
      .map(({ title, headingPath, contentHash }) =>
        sha256OfParts([title ?? '', JSON.stringify(headingPath), contentHash]),
      )
      .sort(),
  );
}
