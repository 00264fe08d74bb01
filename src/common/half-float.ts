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
