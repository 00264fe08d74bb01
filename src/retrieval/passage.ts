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
  content: string;
  /** SHA-256 of `content`, hexadecimal. */
  contentHash: string;
  /** When the source says it was changed, else when it came in. */
  lastModified: Date;
  /** Fused, 0 to 1. */
  score: number;
  /** Cosine similarity, -1 to 1; null when the vector arm did not find the chunk. */
  vectorScore: number | null;
  /** Text relevance, ≥ 0; null when the text arm did not find the chunk. */
  textScore: number | null;
}

/** What one question finds. */
export interface Retrieval {
  /** By falling score. */
  passages: Passage[];
  fingerprint: string;
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
