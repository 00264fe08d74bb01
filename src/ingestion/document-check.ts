import { isUtf8 } from 'node:buffer';
import { AppError } from '../common/app-error';

/** Half of a surrogate pair on its own: not a character, and no UTF-8 can say it. */
const LONE_SURROGATE = /\p{Cs}/u;
/** Anything that a reader could see. */
const VISIBLE = /[^\s\p{C}]/u;
/** Text holds fewer control characters than one in this many. */
const CHARACTERS_PER_CONTROL = 100;

/** Names a document in errors. */
export interface DocumentField {
  /** Path of its content in the request, `documents[3].content`, or the file's part and name. */
  field: string;
  maxBytes: number;
}

/**
 * The bytes of a text document, checked.
 * @throws AppError `PAYLOAD_TOO_LARGE`, `UNREADABLE_TEXT`, `EMPTY_DOCUMENT`, each naming the field
 */
export function checkedText(content: string | Uint8Array, { field, maxBytes }: DocumentField): Buffer {
  const size = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
  if (size > maxBytes)
    throw new AppError(
      'PAYLOAD_TOO_LARGE',
      `${field}: the document has ${size} bytes; at most ${maxBytes} are accepted.`,
      { details: { field, limitBytes: maxBytes } },
    );
  if (typeof content !== 'string' && !isUtf8(content))
    throw unreadable(field, 'these bytes are not UTF-8 text');
  const text = typeof content === 'string' ? content : Buffer.from(content).toString('utf8');
  if (typeof content === 'string' && LONE_SURROGATE.test(text))
    throw unreadable(field, 'half of a surrogate pair stands alone');
  if (text.includes('\0')) throw unreadable(field, 'it holds the character U+0000, so it is binary');
  const controls = countControls(text);
  if (controls * CHARACTERS_PER_CONTROL > text.length)
    throw unreadable(field, `${controls} of its ${text.length} characters are control characters`);
  if (!VISIBLE.test(text))
    throw new AppError('EMPTY_DOCUMENT', `${field}: the document holds no text.`, { details: { field } });
  return Buffer.isBuffer(content) ? content : Buffer.from(content);
}

/** Control characters that no text holds: all but white space and the escape of terminal colours. */
function countControls(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 0x20 && !(code >= 0x09 && code <= 0x0d) && code !== 0x1b) || code === 0x7f) count++;
  }
  return count;
}

function unreadable(field: string, why: string): AppError {
  return new AppError('UNREADABLE_TEXT', `${field}: ${why}. Send text as UTF-8.`, { details: { field } });
}

/** What is wrong with a string that is to be stored; null for nothing. */
export function problemOfString(text: string): string | null {
  if (text.includes('\0')) return 'holds the character U+0000, which is not text';
  return LONE_SURROGATE.test(text) ? 'holds half of a surrogate pair, which is not text' : null;
}

/** Deepest nesting of metadata: far more than filters can reach. */
export const MAX_METADATA_DEPTH = 16;
/** Largest metadata, as JSON: it is read with every document and indexed as a whole. */
export const MAX_METADATA_BYTES = 32_768;

/** What is wrong with metadata; null for nothing. Walks without recursion, so depth cannot harm it. */
export function problemOfMetadata(metadata: unknown): string | null {
  if (metadata === null || typeof metadata !== 'object' || Array.isArray(metadata))
    return 'must be an object';
  const pending: { value: unknown; depth: number }[] = [{ value: metadata, depth: 1 }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, depth } = next;
    const problem = typeof value === 'string' ? problemOfString(value) : null;
    if (problem !== null) return problem;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > MAX_METADATA_DEPTH) return `must not nest deeper than ${MAX_METADATA_DEPTH} levels`;
    for (const [key, member] of Object.entries(value)) {
      const keyProblem = problemOfString(key);
      if (keyProblem !== null) return keyProblem;
      pending.push({ value: member, depth: depth + 1 });
    }
  }
  return Buffer.byteLength(JSON.stringify(metadata)) > MAX_METADATA_BYTES
    ? `must not exceed ${MAX_METADATA_BYTES} bytes`
    : null;
}
