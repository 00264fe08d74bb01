/** A source of an answer, as the caller sees it (`citations[]` of `POST /query`) plus what coherence needs. */
export interface CachedCitation {
  n: number;
  documentId: string;
  externalId: string;
  version: number;
  chunkId: string;
  start: number;
  end: number;
  title: string | null;
  /** The headings that it stands under, outermost first. Entries of earlier releases lack this and the next two. */
  headingPath?: string[];
  /** Page, slide or sheet; null for a document without pages. */
  page?: string | null;
  language?: string;
  score: number;
  excerpt: string;
  /** Content hash of the cited chunk, so that a revalidated answer can point to where the text stands now. */
  contentHash: string;
}

/** An answer with what is needed to know whether it still holds. */
export interface CacheEntry {
  /** Hash of scope and canonical question: the exact layer's key. @see answerId */
  id: string;
  tenantId: string;
  collectionId: string;
  scopeHash: string;
  /** Its part that does not depend on the embedding space; absent in entries of earlier versions. */
  spacelessHash?: string;
  /** As asked. */
  question: string;
  /** Keyed hash of the user who asked it; absent where that is not known. */
  askedBy?: string;
  /** Whether it is found by its very words alone: it has no vector, and must not get one in another space. */
  byWordsAlone?: true;
  response: string;
  citations: CachedCitation[];
  /** Fingerprint of the evidence that the answer was written from. */
  fingerprint: string;
  /** Content hashes of the passages retrieved for the question. */
  evidence: string[];
  /** The statements of the cited passages that the answer rests on, @see restsOnStatements; absent in older entries. */
  support?: string[];
  /** The collection's epoch, read before the evidence was retrieved; a decimal bigint. */
  epoch: string;
  /** Every document whose passages were in the prompt. */
  documentIds: string[];
  usage: { model: string; promptTokens: number; completionTokens: number; costUsd: number };
  createdAtMs: number;
  ttlSeconds: number;
}

/** An entry whose question is near, with the cosine similarity in [-1, 1]. */
export interface CacheCandidate {
  entry: CacheEntry;
  similarity: number;
}

/** Another wording of an entry's question: under the id of that wording the entry is found as well. */
export interface CacheAlias {
  entryId: string;
  /** The collection's epoch at which both questions were found to ask the same and to find the same evidence. */
  epoch: string;
  /** Cosine similarity of the two questions, -1 to 1. */
  similarity: number;
  /** Probability, 0 to 1, that the entry answers that wording; absent in older ones. */
  certainty?: number;
}

/** `alias` says that the id is one, and is absent where it is the entry's own. */
export type CacheLookup =
  | { hit: true; entry: CacheEntry; alias?: CacheAlias }
  | { hit: false; reason: 'absent' | 'expired' | 'unavailable' };
