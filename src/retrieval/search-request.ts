import type { PassageFilter } from './passage-filter';

/** Who asks, where and as of when: every statement of retrieval filters on all of it. */
export interface SearchRequest {
  tenantId: string;
  collectionId: string;
  /**
   * The collection's epoch as this request read it on the primary; a decimal bigint. What is retrieved is of this state
   * or of a later one. Null: it is not known.
   */
  epoch: string | null;
  /** The caller's principals; a document with an ACL is found only if it names one of them. */
  principals: readonly string[];
  filter: PassageFilter;
  /** How many passages are wanted. */
  topK: number;
  /** Keyed hash of the user who asks, for what is recorded of the question; absent: unknown. */
  askedBy?: string;
}

/** Which arms of retrieval are asked. */
export const SEARCH_MODES = ['hybrid', 'vector', 'text'] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];
