/** What a token is: a number (with sign, currency or percent), an identifier (letters with digits, address, path) or a word. */
export type TokenKind = 'number' | 'identifier' | 'word';

/** One token of a question. */
export interface Token {
  readonly kind: TokenKind;
  /** Case-folded characters; of a number its value with sign, e.g. `-1.5`. */
  readonly form: string;
  /** As written. */
  readonly raw: string;
}

const TOKEN =
  /https?:\/\/\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[-+]?\p{Sc}?\d[\d,]*(?:\.\d+)*%?|[\p{L}\p{M}\p{N}_]+(?:['’.&+-][\p{L}\p{M}\p{N}_]+)*(?:\+\+|#)?/gu;

/** Splits a text into tokens, in order. */
export function readTokens(text: string): Token[] {
  return Array.from(text.normalize('NFKC').matchAll(TOKEN), ([raw]) => toToken(raw));
}

function toToken(raw: string): Token {
  if (/^[-+]?\p{Sc}?\d[\d,]*(?:\.\d+)*%?$/u.test(raw))
    return { kind: 'number', form: raw.replaceAll(',', ''), raw };
  const form = raw.toLowerCase();
  return { kind: /[\d_@/]/u.test(raw) ? 'identifier' : 'word', form, raw };
}
