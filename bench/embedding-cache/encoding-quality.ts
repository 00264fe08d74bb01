import { dotProduct } from '../../src/common/vector';
import { asStored, encodedBytes, type VectorEncoding } from '../../src/embedding-cache/vector-codec';
import { rounded } from '../measure';

/** Size and loss of an encoding. */
export interface EncodingQuality {
  /** Bytes, including header and scale. */
  bytesPerDimension: number;
  /** Maximum of 1 − cosine similarity of a vector and its decoded value. */
  maxCosineError: number;
  /** Share of the ten nearest neighbours of each vector that are preserved. */
  recallAt10: number;
}

const NEIGHBOURS = 10;

/** @param vectors L2-normalised */
export function qualityOf(vectors: readonly Float32Array[], encoding: VectorEncoding): EncodingQuality {
  const stored = vectors.map((vector) => asStored(vector, encoding));
  const errors = vectors.map((vector, i) => 1 - dotProduct(vector, stored[i]) / lengthOf(vector));
  const found = vectors.map((_, i) => {
    const truth = nearest(vectors, i);
    return nearest(stored, i).filter((j) => truth.includes(j)).length;
  });
  return {
    bytesPerDimension: rounded(encodedBytes(vectors[0].length, encoding) / vectors[0].length, 3),
    maxCosineError: Number(Math.max(0, ...errors).toExponential(2)),
    recallAt10: rounded(found.reduce((sum, n) => sum + n, 0) / (NEIGHBOURS * vectors.length), 4),
  };
}

/** A float32 vector has length 1 only approximately, which would count as an error. */
function lengthOf(vector: Float32Array): number {
  return Math.sqrt(dotProduct(vector, vector));
}

/** The nearest neighbours of a vector. */
function nearest(vectors: readonly Float32Array[], i: number): number[] {
  const similarities = vectors.map((vector) => dotProduct(vectors[i], vector));
  const order = Array.from(vectors.keys()).filter((j) => j !== i);
  return order.sort((a, b) => similarities[b] - similarities[a]).slice(0, NEIGHBOURS);
}
