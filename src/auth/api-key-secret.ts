import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const KEY = /^eg_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;
const SALT_BYTES = 16;
const SECRET_BYTES = 32;

/** What is stored of a key. */
export interface StoredSecret {
  lookup: string;
  salt: Buffer;
  hash: Buffer;
}

/**
 * A new API key, `eg_<lookup>_<secret>`, with what is stored of it. `lookup` (16 hexadecimal digits) is public and
 * finds the row; the secret is 256 random bits in base64url and is kept nowhere.
 */
export function mintKey(): StoredSecret & { key: string } {
  const lookup = randomBytes(8).toString('hex');
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const salt = randomBytes(SALT_BYTES);
  return { key: `eg_${lookup}_${secret}`, lookup, salt, hash: hashOf(secret, salt) };
}

/** The public part of a key, or null if the string is not formatted as a key. */
export function lookupOf(key: string): string | null {
  return KEY.exec(key)?.[1] ?? null;
}

/** Whether a key matches a stored row, compared in constant time. */
export function matchesKey(key: string, stored: StoredSecret): boolean {
  const [, lookup, secret] = KEY.exec(key) ?? [];
  if (secret === undefined || lookup !== stored.lookup) return false;
  const hash = hashOf(secret, stored.salt);
  return hash.length === stored.hash.length && timingSafeEqual(hash, stored.hash);
}

/**
 * HMAC-SHA-256 of the secret under the row's salt. A slow password hash (scrypt, Argon2) would protect
 * nothing more, as a secret of 256 random bits cannot be guessed at any speed, and would cost milliseconds
 * of every request; the salt keeps equal hashes from showing and precomputation from paying.
 * @see NIST SP 800-63B, section 5.1.2.2, which asks for stretching below 112 bits only
 */
function hashOf(secret: string, salt: Buffer): Buffer {
  return createHmac('sha256', salt).update(secret).digest();
}
