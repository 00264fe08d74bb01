import { fromSql, toSql } from 'pgvector';

/** Dot product of two vectors of equal length; for L2-normalised vectors this is their cosine similarity. */
export function dotProduct(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`vectors of ${a.length} and ${b.length} dimensions`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * Scales a vector to length 1.
 * @throws RangeError for the zero vector and for non-finite components, which have no direction
 */
export function l2Normalise(vector: ArrayLike<number>): Float32Array {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i] * vector[i];
  const norm = Math.sqrt(squares);
  if (!(norm > 0) || !Number.isFinite(norm))
    throw new RangeError('a vector without direction cannot be normalised');
  const result = new Float32Array(vector.length);
  for (let i = 0; i < vector.length; i++) result[i] = vector[i] / norm;
  return result;
}

/**
 * The direction of the mean of L2-normalised vectors: how a text longer than the model's input is
 * represented by its windows. Antipodal windows, whose mean has no direction, give the first one.
 */
export function meanDirection(vectors: readonly Float32Array[]): Float32Array {
  if (vectors.length === 0) throw new RangeError('the mean of no vectors');
  if (vectors.length === 1) return vectors[0];
  const sum = new Float64Array(vectors[0].length);
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i] += vector[i];
  const squares = sum.reduce((total, x) => total + x * x, 0);
  return squares > 1e-12 ? l2Normalise(sum) : vectors[0];
}

/** A vector as pgvector's text form, `[0.1,0.2]`. */
export function toPgVector(vector: Float32Array): string {
  return toSql(Array.from(vector));
}

/**
 * A vector as pgvector's binary form, which Postgres takes for a parameter of type `vector` and reads many times faster
 * than text: the number of components and a zero in 16 bits each, then float32, all big-endian.
 */
export function toPgVectorBytes(vector: Float32Array): Buffer {
  const components = toFloat32Bytes(vector).swap32();
  const bytes = Buffer.alloc(4 + components.length);
  bytes.writeUInt16BE(vector.length);
  components.copy(bytes, 4);
  return bytes;
}

/** The inverse of {@link toPgVector}, up to the precision that it is stored in. */
export function fromPgVector(text: string): Float32Array {
  return Float32Array.from(fromSql(text) as number[]);
}

/** Little-endian float32 bytes of a vector: what Redis vector sets and the caches store. */
export function toFloat32Bytes(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer.slice(vector.byteOffset, vector.byteOffset + vector.byteLength));
}

/** The inverse of {@link toFloat32Bytes}. @throws RangeError if the length is not a multiple of 4 */
export function fromFloat32Bytes(bytes: Uint8Array): Float32Array {
  if (bytes.byteLength % 4 !== 0) throw new RangeError(`${bytes.byteLength} bytes are no float32 vector`);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
