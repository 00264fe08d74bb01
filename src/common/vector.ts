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

/**
 * IEEE 754 binary16 ("half") numbers as their 16 bits. Node 20 has no Float16Array, and the library for it takes 0.6 µs a
 * number, which is longer than the local model takes for the text.
 * @see IEEE 754-2019, section 3.6
 */

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The nearest half to a number, ties to even; beyond ±65,519 it is infinite. */
export function toHalfBits(value: number): number {
  single[0] = value;
  const sign = (bits[0] >>> 16) & 0x8000;
  const magnitude = bits[0] & 0x7fffffff;
  if (magnitude >= 0x47800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
  // 2^-14 and above: move the exponent's bias, round 23 bits of fraction to 10.
  if (magnitude >= 0x38800000)
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  if (magnitude < 0x33000000) return sign;
  // Subnormal halves: the fraction with its leading one, shifted by as much as the exponent is too small.
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - (magnitude >>> 23);
  const kept = fraction >>> shift;
  const dropped = fraction & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (kept + (dropped > half || (dropped === half && (kept & 1) === 1) ? 1 : 0));
}

/** The value of every half, by its bits: looking up is faster than computing. */
export const HALF_VALUES: Float32Array = Float32Array.from({ length: 0x10000 }, (_, half) => {
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  let value = (1 + fraction / 1024) * 2 ** (exponent - 15);
  if (exponent === 0) value = fraction * 2 ** -24;
  if (exponent === 0x1f) value = fraction === 0 ? Infinity : NaN;
  return half & 0x8000 ? -value : value;
});

/** Longer vectors are folded to this many components: as long as those of the local model. */
export const FOLDED_DIMENSIONS = 512;

/**
 * A vector short enough for an index of cached questions. Each component is added, with a sign of its own, to one of
 * {@link FOLDED_DIMENSIONS} sums (a count sketch), which keeps the distances of vectors that are near: a cosine
 * similarity `c` comes out as `c` ± (1 − c²) / √512, so 0.92 as 0.92 ± 0.007, far less than the threshold leaves to the
 * verifier. At 3,072 dimensions it saves five sixths of the memory and of the search.
 * @param vector L2-normalised
 * @returns L2-normalised; the vector itself if it is no longer than that
 * @see https://doi.org/10.1145/1553374.1553516 (Weinberger et al. 2009, "Feature hashing for large scale multitask learning")
 */
export function foldVector(vector: Float32Array): Float32Array {
  if (vector.length <= FOLDED_DIMENSIONS) return vector;
  const sums = new Float64Array(FOLDED_DIMENSIONS);
  for (let i = 0; i < vector.length; i++) {
    const mixed = mix(i);
    sums[mixed % FOLDED_DIMENSIONS] += mixed & 0x8000_0000 ? vector[i] : -vector[i];
  }
  return l2Normalise(sums);
}

/** 32 bits that look random, the same for the same number for ever (the finalizer of MurmurHash3). */
function mix(i: number): number {
  let bits = i + 1;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
