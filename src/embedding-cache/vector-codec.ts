import { crc32 } from 'node:zlib';
import { fromFloat32Bytes, l2Normalise, toFloat32Bytes, HALF_VALUES, toHalfBits } from '../common/vector';

/** How a component of a vector is stored; each can be read whatever the current setting. */
export type VectorEncoding = 'float32' | 'float16' | 'int8';

/**
 * The header of a value, little-endian: magic `EV` (2 bytes), version (1), encoding (1), dimensions (4), CRC-32 of
 * everything before and after these four bytes (4). Then, for int8, the scale as float32; then the components.
 */
const MAGIC = 0x5645;
const VERSION = 1;
const HEADER_BYTES = 12;
const CRC_OFFSET = 8;
const CODES: readonly VectorEncoding[] = ['float32', 'float16', 'int8'];
const INT8_MAX = 127;

/** Bytes of an encoded vector. */
export function encodedBytes(dimensions: number, encoding: VectorEncoding): number {
  return HEADER_BYTES + payloadBytes(dimensions, encoding);
}

/** A vector as versioned bytes. @param vector L2-normalised */
export function encodeVector(vector: Float32Array, encoding: VectorEncoding): Buffer {
  const payload = PAYLOADS[encoding].encode(vector);
  const value = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  value.writeUInt16LE(MAGIC, 0);
  value.writeUInt8(VERSION, 2);
  value.writeUInt8(CODES.indexOf(encoding), 3);
  value.writeUInt32LE(vector.length, 4);
  payload.copy(value, HEADER_BYTES);
  value.writeUInt32LE(checksum(value), CRC_OFFSET);
  return value;
}

/**
 * Reads a vector back.
 * @returns L2-normalised, of length `dimensions`; null for anything that {@link encodeVector} did not write, or that was
 *   changed or cut since
 */
export function decodeVector(value: Buffer, dimensions: number): Float32Array | null {
  if (value.length < HEADER_BYTES || value.readUInt16LE(0) !== MAGIC || value.readUInt8(2) !== VERSION)
    return null;
  const encoding = CODES[value.readUInt8(3)];
  if (encoding === undefined || value.readUInt32LE(4) !== dimensions) return null;
  if (value.length !== encodedBytes(dimensions, encoding)) return null;
  if (value.readUInt32LE(CRC_OFFSET) !== checksum(value)) return null;
  try {
    return PAYLOADS[encoding].decode(value.subarray(HEADER_BYTES), dimensions);
  } catch (error) {
    // Intact, but without direction: whoever wrote it had no vector.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * The vector as it will be read back. Whoever computes a vector uses this one, so that a text has the same vector
 * whichever tier it comes from.
 */
export function asStored(vector: Float32Array, encoding: VectorEncoding): Float32Array {
  if (encoding === 'float32') return vector;
  return PAYLOADS[encoding].decode(PAYLOADS[encoding].encode(vector), vector.length);
}

function payloadBytes(dimensions: number, encoding: VectorEncoding): number {
  if (encoding === 'int8') return 4 + dimensions;
  return dimensions * (encoding === 'float16' ? 2 : 4);
}

function checksum(value: Buffer): number {
  return crc32(value.subarray(HEADER_BYTES), crc32(value.subarray(0, CRC_OFFSET)));
}

interface Payload {
  encode(vector: Float32Array): Buffer;
  decode(payload: Buffer, dimensions: number): Float32Array;
}

const PAYLOADS: Record<VectorEncoding, Payload> = {
  float32: { encode: toFloat32Bytes, decode: fromFloat32Bytes },
  float16: {
    encode(vector) {
      const halves = new Uint16Array(vector.length);
      for (let i = 0; i < vector.length; i++) halves[i] = toHalfBits(vector[i]);
      return Buffer.from(halves.buffer);
    },
    decode(payload, dimensions) {
      const vector = new Float32Array(dimensions);
      for (let i = 0; i < dimensions; i++)
        vector[i] = HALF_VALUES[payload[i * 2] | (payload[i * 2 + 1] << 8)];
      return l2Normalise(vector);
    },
  },
  int8: {
    encode(vector) {
      let largest = 0;
      for (let i = 0; i < vector.length; i++) {
        const size = Math.abs(vector[i]);
        if (size > largest) largest = size;
      }
      const payload = Buffer.alloc(4 + vector.length);
      const components = new Int8Array(payload.buffer, payload.byteOffset + 4, vector.length);
      payload.writeFloatLE(largest / INT8_MAX, 0);
      const steps = largest > 0 ? INT8_MAX / largest : 0;
      for (let i = 0; i < vector.length; i++) components[i] = Math.round(vector[i] * steps);
      return payload;
    },
    // The scale drops out: the vector is normalised anyway, but a reader of the bytes needs it.
    decode(payload, dimensions) {
      const vector = new Float32Array(dimensions);
      for (let i = 0; i < dimensions; i++) vector[i] = (payload[4 + i] << 24) >> 24;
      return l2Normalise(vector);
    },
  },
};
