import { isUtf8 } from 'node:buffer';
import { AppError } from '../common/app-error';
import { problemOfText } from '../common/hostile-value';
import {
  declaredMediaType,
  isTextType,
  type MediaType,
  namedMediaType,
  sniffBinary,
  sniffText,
  unsupportedMediaType,
} from './media-type';

/** Anything that a reader could see. */
const VISIBLE = /[^\s\p{C}]/u;
/** Text holds fewer control characters than one in this many. */
const CHARACTERS_PER_CONTROL = 100;
/** The beginning of a text, by which its type is recognised; longer than what is looked at, so that a longer text shows as one. */
const SNIFFED_BYTES = 262_144;

/** What a request says of a document, and how errors name it. */
export interface DocumentField {
  /** Path of its content in the request, `documents[3].content`, or the file's part and name. */
  field: string;
  maxBytes: number;
  /** What its sender says it is: a media type, parameters included. */
  declared?: string;
  /** How errors name `declared`. */
  declaredField?: string;
  /** External id or file name. */
  name?: string;
}

/** A document's bytes, checked, and what they are to be parsed as. */
export interface CheckedDocument {
  raw: Buffer;
  mimeType: MediaType;
}

/**
 * Checks a document and finds out its media type: bytes of PDF and Office files speak for themselves, whatever they are called.
 * Text is what its sender says, else what its beginning shows, else what its name ends with. What must be a PDF or
 * Office file, and is not recognised, is left to the parser, so that one broken file fails alone.
 * @param content a string is always text
 * @throws AppError `PAYLOAD_TOO_LARGE`, `UNREADABLE_TEXT`, `EMPTY_DOCUMENT`, `UNSUPPORTED_MEDIA_TYPE`, each naming the
 *   field
 */
export function checkedDocument(content: string | Uint8Array, document: DocumentField): CheckedDocument {
  const { field, maxBytes, name = '', declaredField = field } = document;
  const declared = declaredMediaType(document.declared, declaredField);
  if (typeof content === 'string') {
    if (declared !== null && !isTextType(declared))
      throw unsupportedMediaType(`${declaredField}: ${declared} is not text; upload it by multipart`, field);
    const raw = checkedText(content, document);
    return { raw, mimeType: declared ?? sniffText(content, name) };
  }
  checkSize(content.byteLength, field, maxBytes);
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const isText = isUtf8(bytes) && !bytes.includes(0);
  // A text may speak of PDF: one that does not begin with its header is none.
  const binary = isText && !/^\s*%PDF-/.test(bytes.toString('latin1', 0, 64)) ? null : sniffBinary(bytes);
  const expected = declared !== null && !isTextType(declared) ? declared : namedMediaType(name);
  const isExpected = expected !== null && !isTextType(expected);
  if (binary === 'zip' && !isExpected)
    throw unsupportedMediaType(`${field}: it is a ZIP archive; send its files one by one`, field);
  if (binary !== null && binary !== 'zip') return { raw: bytes, mimeType: binary };
  if (isExpected && (binary === 'zip' || (!isText && bytes.length > 0)))
    return { raw: bytes, mimeType: expected };
  const raw = checkedText(bytes, document);
  const isDeclaredText = declared !== null && isTextType(declared);
  return {
    raw,
    mimeType: isDeclaredText ? declared : sniffText(raw.toString('utf8', 0, SNIFFED_BYTES), name),
  };
}

function checkSize(size: number, field: string, maxBytes: number): void {
  if (size > maxBytes)
    throw new AppError(
      'PAYLOAD_TOO_LARGE',
      `${field}: the document has ${size} bytes; at most ${maxBytes} are accepted.`,
      { details: { field, limitBytes: maxBytes } },
    );
}

/** The bytes of a text document, checked. */
function checkedText(content: string | Buffer, { field, maxBytes }: DocumentField): Buffer {
  if (typeof content === 'string') checkSize(Buffer.byteLength(content), field, maxBytes);
  else if (!isUtf8(content)) throw unreadable(field, 'these bytes are not UTF-8 text');
  const text = content.toString();
  if (typeof content === 'string' && !text.isWellFormed())
    throw unreadable(field, 'half of a surrogate pair stands alone');
  if (text.includes('\0')) throw unreadable(field, 'it holds the character U+0000, so it is binary');
  const controls = countControls(text);
  if (controls * CHARACTERS_PER_CONTROL > text.length)
    throw unreadable(field, `${controls} of its ${text.length} characters are control characters`);
  if (!VISIBLE.test(text))
    throw new AppError('EMPTY_DOCUMENT', `${field}: the document holds no text.`, { details: { field } });
  return typeof content === 'string' ? Buffer.from(content) : content;
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
    const problem = typeof value === 'string' ? problemOfText(value) : null;
    if (problem !== null) return problem;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > MAX_METADATA_DEPTH) return `must not nest deeper than ${MAX_METADATA_DEPTH} levels`;
    for (const [key, member] of Object.entries(value)) {
      const keyProblem = problemOfText(key);
      if (keyProblem !== null) return keyProblem;
      pending.push({ value: member, depth: depth + 1 });
    }
  }
  return Buffer.byteLength(JSON.stringify(metadata)) > MAX_METADATA_BYTES
    ? `must not exceed ${MAX_METADATA_BYTES} bytes`
    : null;
}
