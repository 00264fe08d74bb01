import { extname } from 'node:path';
import { AppError } from '../common/app-error';

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const PPTX = 'application/vnd.openxmlformats-officedocument.presentationml.presentation';
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Text types: distinguished by the declared type, the file name, or the beginning of the text. */
export const TEXT_MEDIA_TYPES = [
  'text/plain',
  'text/markdown',
  'text/html',
  'text/csv',
  'application/json',
  'application/x-ndjson',
] as const;
/** Media types that documents are parsed as. */
export const MEDIA_TYPES = [...TEXT_MEDIA_TYPES, 'application/pdf', DOCX, PPTX, XLSX] as const;
export type TextMediaType = (typeof TEXT_MEDIA_TYPES)[number];
/** Old and password-protected Office files: accepted, so that the parser's error can say what to do. */
export const OLE_STORAGE = 'application/x-ole-storage';
export type MediaType = (typeof MEDIA_TYPES)[number] | typeof OLE_STORAGE;

/** Aliases. */
const SYNONYMS = new Map<string, MediaType>([
  ['text/x-markdown', 'text/markdown'],
  ['text/md', 'text/markdown'],
  ['application/xhtml+xml', 'text/html'],
  ['application/csv', 'text/csv'],
  ['text/tab-separated-values', 'text/csv'],
  ['text/json', 'application/json'],
  ['application/ld+json', 'application/json'],
  ['application/geo+json', 'application/json'],
  ['application/ndjson', 'application/x-ndjson'],
  ['application/jsonl', 'application/x-ndjson'],
  ['application/jsonlines', 'application/x-ndjson'],
  ['application/x-jsonlines', 'application/x-ndjson'],
  ['application/x-pdf', 'application/pdf'],
  ['application/msword', OLE_STORAGE],
  ['application/vnd.ms-powerpoint', OLE_STORAGE],
]);
const EXTENSIONS = new Map<string, MediaType>([
  ['.md', 'text/markdown'],
  ['.mdx', 'text/markdown'],
  ['.markdown', 'text/markdown'],
  ['.mkd', 'text/markdown'],
  ['.html', 'text/html'],
  ['.htm', 'text/html'],
  ['.xhtml', 'text/html'],
  ['.csv', 'text/csv'],
  ['.tsv', 'text/csv'],
  ['.json', 'application/json'],
  ['.geojson', 'application/json'],
  ['.jsonl', 'application/x-ndjson'],
  ['.ndjson', 'application/x-ndjson'],
  ['.pdf', 'application/pdf'],
  ['.docx', DOCX],
  ['.pptx', PPTX],
  ['.xlsx', XLSX],
  ['.xlsm', XLSX],
]);
/** Types that clients send for unknown files; Windows sends the last one for every CSV file. */
const UNKNOWN = new Set(['', 'application/octet-stream', 'binary/octet-stream', 'application/vnd.ms-excel']);
const UTF8 = ['utf-8', 'utf8', 'us-ascii'];

/** Whether a document of this type is text that could be read as it is. */
export function isTextType(type: MediaType): type is TextMediaType {
  return TEXT_MEDIA_TYPES.some((text) => text === type);
}

/**
 * The declared type of a document; null for none, or for one that says nothing.
 * @param declared a media type, parameters included
 * @param field how an error names the type
 * @throws AppError `UNSUPPORTED_MEDIA_TYPE`, also for text that is not UTF-8
 */
export function declaredMediaType(declared: string | undefined, field: string): MediaType | null {
  const [essence, ...parameters] = (declared ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  if (charset !== undefined && !UTF8.includes(charset))
    throw unsupportedMediaType(`${field}: text must be UTF-8, not ${JSON.stringify(charset)}`, field);
  if (UNKNOWN.has(essence)) return null;
  const type = MEDIA_TYPES.find((supported) => supported === essence) ?? SYNONYMS.get(essence);
  if (type === undefined)
    throw unsupportedMediaType(`${field}: ${JSON.stringify(essence)} is not supported`, field);
  return type;
}

/** The type by a file name's extension; null for an unknown one. */
export function namedMediaType(name: string): MediaType | null {
  return EXTENSIONS.get(extname(name).toLowerCase()) ?? null;
}

const PDF_HEADER = '%PDF-';
/** PDF readers look for the header within so many bytes. */
const PDF_HEADER_WITHIN = 1024;
const ZIP_HEADER = Buffer.from('PK\x03\x04', 'latin1');
const OLE_HEADER = Buffer.from('d0cf11e0a1b11ae1', 'hex');
/** The part that identifies each Office format; file names in a ZIP archive are not compressed. */
const OFFICE_PARTS: readonly [name: string, type: MediaType][] = [
  ['word/document', DOCX],
  ['ppt/presentation', PPTX],
  ['xl/workbook', XLSX],
];

/** The type of binary content by its magic numbers; `zip` for an archive that is not an Office file, null for unknown. */
export function sniffBinary(bytes: Buffer): MediaType | 'zip' | null {
  if (bytes.subarray(0, OLE_HEADER.length).equals(OLE_HEADER)) return OLE_STORAGE;
  if (bytes.subarray(0, ZIP_HEADER.length).equals(ZIP_HEADER))
    return OFFICE_PARTS.find(([name]) => bytes.includes(name, 0, 'latin1'))?.[1] ?? 'zip';
  return bytes.subarray(0, PDF_HEADER_WITHIN).includes(PDF_HEADER, 0, 'latin1') ? 'application/pdf' : null;
}

const HTML_START =
  /^\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--[^]{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b/i;
/** How much of a text is examined to detect its type. UTF-16 code units. */
const LOOKED_AT = 65_536;

/** The type of a text by its beginning, else by its name, else `text/plain`. */
export function sniffText(text: string, name: string): TextMediaType {
  const start = text.slice(0, LOOKED_AT);
  if (HTML_START.test(start)) return 'text/html';
  const named = namedMediaType(name);
  if (named !== null && isTextType(named)) return named;
  if (!/^\s*[[{]/.test(start)) return 'text/plain';
  if (text.length <= LOOKED_AT && isJson(text)) return 'application/json';
  const lines = start.trimStart().split('\n', 3);
  return lines.length > 1 && isJson(lines[0]) ? 'application/x-ndjson' : 'text/plain';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The error for a type that no parser reads. @param problem without a full stop */
export function unsupportedMediaType(problem: string, field: string): AppError {
  return new AppError('UNSUPPORTED_MEDIA_TYPE', `${problem}. Supported: ${MEDIA_TYPES.join(', ')}.`, {
    details: { field, supported: MEDIA_TYPES },
  });
}
