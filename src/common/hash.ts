import { createHash } from 'node:crypto';

/** SHA-256 of UTF-8 text or bytes, as 64 lower-case hexadecimal digits. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * SHA-256 of a list of strings, each length-prefixed so that no two different lists share a hash input
 * (`['ab', 'c']` and `['a', 'bc']` differ).
 */
export function sha256OfParts(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex');
}
