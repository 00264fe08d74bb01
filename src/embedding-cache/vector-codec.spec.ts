import { dotProduct, l2Normalise } from '../common/vector';
import { asStored, decodeVector, encodedBytes, encodeVector, type VectorEncoding } from './vector-codec';

/** A vector that is the same in every run. */
function vectorOf(dimensions: number, seed = 1): Float32Array {
  let state = seed;
  const next = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5;
  return l2Normalise(Array.from({ length: dimensions }, next));
}

const ENCODINGS: VectorEncoding[] = ['float32', 'float16', 'int8'];

describe.each(ENCODINGS)('a vector as %s', (encoding) => {
  it.each([1, 3, 512, 3072])('comes back normalised and near at %i dimensions', (dimensions) => {
    const vector = vectorOf(dimensions);
    const value = encodeVector(vector, encoding);
    const back = decodeVector(value, dimensions);
    const error = { float32: 1e-6, float16: 1e-6, int8: 1e-3 }[encoding];
    expect(value).toHaveLength(encodedBytes(dimensions, encoding));
    expect(back).toHaveLength(dimensions);
    expect(Math.abs(1 - dotProduct(vector, back!))).toBeLessThan(error);
    expect(Math.abs(1 - dotProduct(back!, back!))).toBeLessThan(1e-6);
  });

  it('is what its maker used', () => {
    const vector = vectorOf(512);
    expect(decodeVector(encodeVector(vector, encoding), 512)).toEqual(asStored(vector, encoding));
  });

  it('is refused at any other length, with any byte changed, and for other dimensions', () => {
    const value = encodeVector(vectorOf(64), encoding);
    for (let length = 0; length < value.length; length++)
      expect(decodeVector(value.subarray(0, length), 64)).toBeNull();
    expect(decodeVector(Buffer.concat([value, Buffer.alloc(1)]), 64)).toBeNull();
    expect(decodeVector(value, 63)).toBeNull();
    for (let i = 0; i < value.length; i++) {
      const changed = Buffer.from(value);
      changed[i] ^= 0x10;
      expect(decodeVector(changed, 64)).toBeNull();
    }
  });

  it('may lie anywhere in memory', () => {
    const value = encodeVector(vectorOf(16), encoding);
    const shifted = Buffer.concat([Buffer.alloc(1), value]).subarray(1);
    expect(decodeVector(shifted, 16)).toEqual(decodeVector(value, 16));
  });
});

describe('vector codec', () => {
  it('refuses what others wrote', () => {
    expect(decodeVector(Buffer.from('[0.1,0.2,0.3]'), 3)).toBeNull();
    expect(decodeVector(Buffer.alloc(12), 0)).toBeNull();
    expect(decodeVector(Buffer.alloc(2048, 0xff), 512)).toBeNull();
  });

  it('refuses a vector without direction', () => {
    expect(decodeVector(encodeVector(new Float32Array(3), 'float16'), 3)).toBeNull();
    expect(decodeVector(encodeVector(Float32Array.of(NaN, 1, 0), 'float16'), 3)).toBeNull();
  });

  it('takes at most 2.1 bytes a dimension as float16 and 1.1 as int8', () => {
    expect(encodedBytes(512, 'float16') / 512).toBeLessThan(2.1);
    expect(encodedBytes(512, 'int8') / 512).toBeLessThan(1.1);
  });

  it('keeps a vector along one axis', () => {
    const axis = Float32Array.from([0, 1, 0]);
    for (const encoding of ENCODINGS) expect(asStored(axis, encoding)).toEqual(axis);
  });
});
