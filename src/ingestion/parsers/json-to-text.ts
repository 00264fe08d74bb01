import { normaliseText } from './normalise-text';
import { MAX_TEXT_LENGTH } from './page-joiner';
import { limitExceeded, type ParsedDocument, toTitle } from './parsed-document';

/** Deeper values are written as JSON: nobody names them by their path. */
const MAX_DEPTH = 20;

/**
 * JSON as text: a line per value that names its path, `address.city: Rome`, a blank line between records, which are the
 * members of a list. Invalid JSON is read as plain text.
 */
export function jsonToText(text: string): ParsedDocument {
  const value = parsed(text.replace(/^\ufeff/, ''));
  if (value === undefined) return { text: normaliseText(text), title: null, pages: [] };
  const records: unknown[] = Array.isArray(value) ? value : [value];
  return { text: written(records), title: Array.isArray(value) ? null : titleOf(value), pages: [] };
}

/** A record per line; lines that are not JSON are kept as they are. */
export function jsonLinesToText(text: string): ParsedDocument {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return { text: written(lines.map((line) => parsed(line) ?? line)), title: null, pages: [] };
}

function written(records: readonly unknown[]): string {
  const parts: string[] = [];
  let length = 0;
  for (const record of records) {
    const lines = linesOf(record);
    if (lines.length === 0) continue;
    const part = lines.join('\n');
    length += part.length;
    if (length > MAX_TEXT_LENGTH)
      throw limitExceeded(`The document makes more than ${MAX_TEXT_LENGTH} characters of text.`);
    parts.push(part);
  }
  // Records of one value each are a list.
  return normaliseText(parts.join(parts.some((part) => part.includes('\n')) ? '\n\n' : '\n'));
}

/** Walks without recursion, so depth cannot harm it. */
function linesOf(record: unknown): string[] {
  const lines: string[] = [];
  const pending: { value: unknown; path: string; depth: number }[] = [{ value: record, path: '', depth: 0 }];
  let length = 0;
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, path, depth } = next;
    if (value === null || value === '') continue;
    const isScalar = typeof value !== 'object';
    const isList = Array.isArray(value) && value.every((member) => typeof member !== 'object');
    if (isScalar || isList || depth >= MAX_DEPTH) {
      const line = isScalar ? String(value) : isList ? value.join(', ') : JSON.stringify(value);
      if (line === '') continue;
      lines.push(path === '' ? line : `${path}: ${line}`);
      length += lines[lines.length - 1].length;
      if (length > MAX_TEXT_LENGTH)
        throw limitExceeded(`The document makes more than ${MAX_TEXT_LENGTH} characters of text.`);
      continue;
    }
    const members = Array.isArray(value)
      ? value.map((member: unknown, i) => ({ value: member, path: `${path}[${i}]`, depth: depth + 1 }))
      : Object.entries(value).map(([key, member]) => ({
          value: member,
          path: path === '' ? key : `${path}.${key}`,
          depth: depth + 1,
        }));
    // A stack: the last one in is visited first.
    for (let i = members.length - 1; i >= 0; i--) pending.push(members[i]);
  }
  return lines;
}

function titleOf(value: unknown): string | null {
  const { title, name } =
    value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  const given = [title, name].find((text) => typeof text === 'string');
  return given === undefined ? null : toTitle(given as string);
}

/** @returns undefined for invalid JSON */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
