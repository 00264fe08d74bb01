import { extname } from 'node:path';
import { AppError } from '../common/app-error';

/** Media types that documents are parsed as. */
export const MEDIA_TYPES = ['text/plain', 'text/markdown', 'text/html'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

/** Other names of the same. */
const SYNONYMS = new Map<string, MediaType>([
  ['text/x-markdown', 'text/markdown'],
  ['text/md', 'text/markdown'],
  ['application/xhtml+xml', 'text/html'],
]);
const EXTENSIONS = new Map<string, MediaType>([
  ['.md', 'text/markdown'],
  ['.mdx', 'text/markdown'],
  ['.markdown', 'text/markdown'],
  ['.mkd', 'text/markdown'],
  ['.html', 'text/html'],
  ['.htm', 'text/html'],
  ['.xhtml', 'text/html'],
]);
/** What clients say of a file whose type they do not know. */
const UNKNOWN = new Set(['', 'application/octet-stream', 'binary/octet-stream']);

/**
 * What a document is parsed as: what its type says, else what its name ends with, else plain text.
 * @param declared a media type, parameters included
 * @param name external id or file name
 * @param field how an error names the type
 * @throws AppError `UNSUPPORTED_MEDIA_TYPE`
 */
export function mediaTypeOf(declared: string | undefined, name: string, field: string): MediaType {
  const [essence, ...parameters] = (declared ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  if (charset !== undefined && !['utf-8', 'utf8', 'us-ascii'].includes(charset))
    throw unsupported(`${field}: text must be UTF-8, not ${JSON.stringify(charset)}`, field);
  if (UNKNOWN.has(essence)) return EXTENSIONS.get(extname(name).toLowerCase()) ?? 'text/plain';
  const type = MEDIA_TYPES.find((supported) => supported === essence) ?? SYNONYMS.get(essence);
  if (type === undefined) throw unsupported(`${field}: ${JSON.stringify(essence)} is not supported`, field);
  return type;
}

function unsupported(problem: string, field: string): AppError {
  return new AppError('UNSUPPORTED_MEDIA_TYPE', `${problem}. Supported: ${MEDIA_TYPES.join(', ')}.`, {
    details: { field, supported: MEDIA_TYPES },
  });
}
