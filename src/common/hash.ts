import { hash } from 'node:crypto';

/** SHA-256 of UTF-8 text or bytes, as 64 lower-case hexadecimal digits. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data);
}

/**
 * SHA-256 of a list of strings, each length-prefixed so that no two different lists share a hash input
 * (`['ab', 'c']` and `['a', 'bc']` differ).
 */
export function sha256OfParts(parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += `${Buffer.byteLength(part)}:${part}`;
  return hash('sha256', text);
}
