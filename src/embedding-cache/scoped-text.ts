import { createHmac } from 'node:crypto';
import { sha256Hex } from '../common/hash';

/**
 * A text with those who share its vector, `<scope>:<text>`: what the tiers of the cache keep vectors by. The scope is 32
 * hexadecimal digits that only this deployment can derive from a tenant, or empty where all tenants share.
 */
export type ScopedText = string;

/** Texts that all tenants share. */
export const SHARED_SCOPE = '';

const TAG_DIGITS = 16;
const HASH_DIGITS = 64;

export function scopedText(scope: string, text: string): ScopedText {
  return `${scope}:${text}`;
}

export function textOf(scoped: ScopedText): string {
  return scoped.slice(scoped.indexOf(':') + 1);
}

/**
 * What a vector lies under in Redis, 64 hexadecimal digits: the SHA-256 of a shared text; else the {@link scopeTag}, and
 * an HMAC of the text, so that nobody can try out what another tenant has embedded.
 */
export function hashOfText(scoped: ScopedText): string {
  const scope = scoped.slice(0, scoped.indexOf(':'));
  const text = textOf(scoped);
  if (scope === SHARED_SCOPE) return sha256Hex(text);
  const hmac = createHmac('sha256', scope).update(text).digest('hex');
  return (scopeTag(scope) + hmac).slice(0, HASH_DIGITS);
}

/** What all hashes of a scope begin with, 16 hexadecimal digits: so all that a tenant embedded can be removed. */
export function scopeTag(scope: string): string {
  return sha256Hex(scope).slice(0, TAG_DIGITS);
}
