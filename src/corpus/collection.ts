/** The collection that exists for every tenant as soon as it is named. */
export const DEFAULT_COLLECTION = 'default';

/** What a collection says beyond its name. */
export interface CollectionSettings {
  description?: string;
  /** How its documents are chunked; what is left out comes from the configuration. Holds for later versions only. */
  chunking?: {
    chunker?: 'drift' | 'recursive' | 'sentence';
    maxTokens?: number;
    minTokens?: number;
    overlapTokens?: number;
    driftThreshold?: number;
  };
}

/** A set of documents that questions are asked of. */
export interface Collection {
  id: string;
  /** Unique within the tenant. */
  name: string;
  settings: CollectionSettings;
  /** Grows with every change that readers can see; a decimal bigint. */
  epoch: string;
  createdAt: Date;
}

/**
 * SQL of a collection's epoch after a change. It grows by a random number, so that it never gets where it was before: a
 * server that takes over without the latest commits, or is restored from a backup, continues from an earlier epoch, and
 * answers may be cached of those that it does not know.
 */
export const NEXT_EPOCH = 'epoch + 1 + floor(random() * 1000000)::bigint';

/** What decides which cached answers a caller may share in a collection. */
export interface CollectionAccess {
  collectionId: string;
  epoch: string;
  /** Those of the given principals that some document's ACL names or named, sorted. */
  principals: string[];
}
