import type { FieldProblem } from '../common/validation-failed';
import { AS_FETCHED, type IncomingDocument } from '../corpus/document';
import { checkedDocument } from './document-check';
import type { IngestDocumentDto } from './ingest-request.dto';
import { declaredMediaType } from './media-type';

/** An uploaded file. */
export interface IncomingFile {
  name: string;
  bytes: Buffer;
  /** How errors name it, `files[3]`. */
  part: string;
}

/** Longest name of a document, also for one that is named by its URL. */
const MAX_EXTERNAL_ID_LENGTH = 1024;
/** What an entry of the index of names takes: a third of a page of Postgres, with the collection's id. */
const MAX_EXTERNAL_ID_BYTES = 2048;

/** What a document is called: by its sender, else by its URL; empty where it has neither. */
export function externalIdOf({ external_id, url }: IngestDocumentDto): string {
  return external_id ?? url ?? '';
}

/**
 * What is wrong with a validated document that no single field tells.
 * @param path how errors name it, `documents[3]`
 * @param hasFile whether its content came as a file
 */
export function problemsOfDocument(
  document: IngestDocumentDto,
  path: string,
  hasFile: boolean,
): FieldProblem[] {
  const { content, url } = document;
  const problems: FieldProblem[] = [];
  if (url != null) {
    const problem = problemOfUrl(url);
    if (problem !== null) problems.push({ field: `${path}.url`, problem });
    if (content != null || hasFile)
      problems.push({ field: `${path}.url`, problem: 'cannot stand beside content; send one of the two' });
  } else if (content == null && !hasFile)
    problems.push({ field: `${path}.content`, problem: 'is missing; send content or url' });
  const externalId = externalIdOf(document);
  if (externalId.length > MAX_EXTERNAL_ID_LENGTH)
    problems.push({ field: `${path}.external_id`, problem: 'is missing, and the url is too long to be one' });
  else if (Buffer.byteLength(externalId) > MAX_EXTERNAL_ID_BYTES)
    problems.push({
      field: `${path}.external_id`,
      problem: `must not take more than ${MAX_EXTERNAL_ID_BYTES} bytes as UTF-8; shorten it`,
    });
  return problems;
}

/**
 * A document as it is stored, checked as far as it is here; what is behind a URL is checked when it is fetched.
 * @throws AppError `EMPTY_DOCUMENT`, `UNREADABLE_TEXT`, `PAYLOAD_TOO_LARGE`, `UNSUPPORTED_MEDIA_TYPE`, naming the field
 */
export function toIncomingDocument(
  document: IngestDocumentDto,
  { path, file, maxBytes }: { path: string; file?: IncomingFile; maxBytes: number },
): IncomingDocument {
  const declaredField = `${path}.mime_type`;
  const { url, mime_type: declared } = document;
  const content =
    url != null
      ? { raw: Buffer.alloc(0), url, mimeType: declaredMediaType(declared, declaredField) ?? AS_FETCHED }
      : checkedDocument(file?.bytes ?? document.content ?? '', {
          field: file ? `${file.part} (${file.name})` : `${path}.content`,
          maxBytes,
          declared,
          declaredField,
          name: document.external_id,
        });
  return {
    externalId: externalIdOf(document),
    ...content,
    title: document.title?.trim() || null,
    metadata: document.metadata ?? {},
    acl: document.acl ? [...new Set(document.acl)] : null,
    lastModified: document.last_modified == null ? null : new Date(document.last_modified),
  };
}

function problemOfUrl(text: string): string | null {
  if (!URL.canParse(text)) return 'is no URL';
  const { protocol, username, password } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with http:// or https://';
  return username !== '' || password !== '' ? 'must not hold a user name or password' : null;
}
