/** What a search found, before its entry is read. */
export interface NearEntry {
  id: string;
  /** Cosine, [-1, 1]. */
  similarity: number;
}

/** How the vectors of entries are kept and searched in Redis. The entries themselves lie in hashes either way. */
export interface EntryVectors {
  readonly kind: 'vector-set' | 'search';

  /** What is to be done before the first entry with a vector of this length is written. */
  prepare(dimensions: number): Promise<void>;

  /**
   * A vector as the script that writes the entry takes it.
   * @returns the hash field that it goes into (empty: it goes into the vector set of the slot), and its bytes
   */
  encode(vector: Float32Array): { field: string; bytes: Buffer };

  /** Entries of a slot by falling similarity; some may lead nowhere. */
  search(tenantId: string, slot: string, vector: Float32Array, count: number): Promise<NearEntry[]>;
}
