import { LRUCache } from 'lru-cache';

/** What a key, an array and their places in the map take beside their content. */
const OVERHEAD_BYTES = 200;

/** Vectors by text in this process; the least recently used go when the bytes are used up. */
export class MemoryVectorTier {
  private readonly vectors: LRUCache<string, Float32Array> | null;

  /** @param maxBytes of texts and vectors; 0: nothing is kept */
  constructor(maxBytes: number) {
    this.vectors = maxBytes > 0 ? new LRUCache({ maxSize: maxBytes, sizeCalculation: bytesOf }) : null;
  }

  get(text: string): Float32Array | undefined {
    return this.vectors?.get(text);
  }

  set(text: string, vector: Float32Array): void {
    // A copy of its own: a text cut out of a document would keep the whole document in memory.
    this.vectors?.set(Buffer.from(text).toString(), vector);
  }

  /** Forgets all. @returns how many there were */
  clear(): number {
    const { size } = this;
    this.vectors?.clear();
    return size;
  }

  /** Forgets the texts of one scope. @returns how many there were */
  forgetScope(scope: string): number {
    const keys = [...(this.vectors?.keys() ?? [])].filter((key) => key.startsWith(`${scope}:`));
    for (const key of keys) this.vectors?.delete(key);
    return keys.length;
  }

  /** Number of vectors. */
  get size(): number {
    return this.vectors?.size ?? 0;
  }

  /** Bytes of texts and vectors, about. */
  get bytes(): number {
    return this.vectors?.calculatedSize ?? 0;
  }
}

function bytesOf(vector: Float32Array, text: string): number {
  return vector.byteLength + 2 * text.length + OVERHEAD_BYTES;
}
