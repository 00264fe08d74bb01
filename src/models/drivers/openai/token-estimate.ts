import { createRequire } from 'node:module';

type Cl100k = typeof import('gpt-tokenizer/encoding/cl100k_base');

/** Texts of up to this many characters are counted; counting more would hold up the event loop for too long. */
const MAX_COUNTED_CHARACTERS = 65_536;
/**
 * Runs that the tokenizer takes for one word of more than 64 letters, signs or white spaces. Its time grows with
 * the square of their length, and hardly any real text has them.
 */
const LONG_RUN = /\p{L}{65,}|[^\s\p{L}\p{N}]{65,}|\s{65,}/gu;
/** Text that looks like a control token, `<|endoftext|>`, is text like any other. */
const AS_PLAIN_TEXT = { disallowedSpecial: new Set<string>() };
/** Only white space has longer tokens on average: what lies beyond is cut off without being counted. */
const MAX_CHARACTERS_PER_TOKEN = 8;

let loaded: Cl100k | undefined;

/** The ranks take 40 MB and 70 ms: they are loaded by the first text, and not at all by who needs none. */
function cl100k(): Cl100k {
  loaded ??= createRequire(__filename)('gpt-tokenizer/encoding/cl100k_base') as Cl100k;
  return loaded;
}

/**
 * Tokens of a text for an OpenAI model: exact for those of `cl100k_base` (`text-embedding-3-*`, `gpt-4`), close for
 * others. A run of over 64 letters, signs or spaces counts its UTF-8 bytes, of which no token has less than one, and
 * so does a text of over 65,536 characters. Synchronous, 0.5 µs per character of prose, at most 2 µs.
 */
export function estimateTokens(text: string): number {
  return text.length > MAX_COUNTED_CHARACTERS ? Buffer.byteLength(text) : countTokens(text);
}

/** The beginning of a text, such that {@link estimateTokens} of it is at most `maxTokens`. */
export function truncateToTokens(text: string, maxTokens: number): string {
  if (Buffer.byteLength(text) <= maxTokens) return text;
  let head = text.slice(0, maxTokens * MAX_CHARACTERS_PER_TOKEN);
  for (let tokens = countTokens(head); tokens > maxTokens; tokens = countTokens(head))
    head = head.slice(0, Math.floor((head.length * maxTokens) / tokens));
  const last = head.charCodeAt(head.length - 1);
  const splitsPair = head.length < text.length && last >= 0xd800 && last <= 0xdbff;
  return splitsPair ? head.slice(0, -1) : head;
}

function countTokens(text: string): number {
  let bytesOfRuns = 0;
  const rest = text.replace(LONG_RUN, (run) => {
    bytesOfRuns += Buffer.byteLength(run);
    return ' ';
  });
  return bytesOfRuns + cl100k().countTokens(rest, AS_PLAIN_TEXT);
}

export default estimateTokens;
