import { createHash } from 'node:crypto';

const COMPONENTS_PER_WORD = 8;

/**
 * A deterministic stand-in for an embedding model: each word adds a few components of its own, so texts that share
 * words are near and others are not. Not normalised, as no caller may rely on a server to do so.
 */
export function wordHashEmbedding(text: string, dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text];
  for (const word of words) {
    const digest = createHash('sha256').update(word).digest();
    for (let i = 0; i < COMPONENTS_PER_WORD; i++) {
      const bits = digest.readUInt32LE(i * 4);
      vector[(bits >>> 1) % dimensions] += bits & 1 ? 1 : -1;
    }
  }
  // No text may come out as the zero vector, which has no direction.
  vector[0] += 0.01;
  return vector;
}
