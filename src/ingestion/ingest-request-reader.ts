import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error';
import { parseJsonBody } from '../common/http-json-body';
import { validationFailed, type FieldProblem } from '../common/validation-failed';
import { ValidationPipe } from '../common/validation.pipe';
import { AppConfig } from '../config/app-config';
import { DEFAULT_COLLECTION } from '../corpus/collection';
import { AS_FETCHED, type IncomingDocument } from '../corpus/document';
import { checkedDocument } from './document-check';
import { type IngestDocumentDto, IngestRequestDto } from './ingest-request.dto';
import { declaredMediaType } from './media-type';
import { readMultipart } from './multipart-request';

/** Content is checked in slices of about this many characters, between which other requests are served. */
const CHECKED_AT_ONCE = 262_144;
/** JSON says no text in more than twice its bytes, but for control characters; what is said about a document comes on top. */
const JSON_BYTES_PER_CONTENT_BYTE = 2;
const JSON_BYTES_EXTRA = 131_072;

/** Longest name of a document, also for one that is named by its URL. */
const MAX_EXTERNAL_ID_LENGTH = 1024;
/** What an entry of the index of names takes: a third of a page of Postgres, with the collection's id. */
const MAX_EXTERNAL_ID_BYTES = 2048;

/** A request, checked as a whole: all of it can be stored. */
export interface IngestRequest {
  collection: string;
  documents: IncomingDocument[];
}

/** An uploaded file. */
interface IncomingFile {
  name: string;
  bytes: Buffer;
  /** How errors name it, `files[3]`. */
  part: string;
}

type Checked = Pick<IngestRequest, 'documents'> & { collection: string | undefined };

/** Reads `POST /admin/ingest`, as JSON or as multipart. */
@Injectable()
export class IngestRequestReader {
  private readonly pipe = new ValidationPipe();

  constructor(private readonly config: AppConfig) {}

  /**
   * @param collection where the documents go if the body does not say
   * @throws AppError `VALIDATION_FAILED`, `BAD_REQUEST`, `EMPTY_DOCUMENT`, `UNREADABLE_TEXT`, `PAYLOAD_TOO_LARGE`,
   *   `UNSUPPORTED_MEDIA_TYPE`, each naming what is wrong
   */
  async read(request: FastifyRequest, collection?: string): Promise<IngestRequest> {
    const read = await this.readAll(request);
    return { ...read, collection: read.collection ?? collection ?? DEFAULT_COLLECTION };
  }

  private async readAll(request: FastifyRequest): Promise<Checked> {
    if (!request.isMultipart()) return this.check(await this.validated(request.body));
    const { maxDocumentBytes, maxDocumentsPerRequest: maxDocuments } = this.config.ingestion;
    const { maxBodyBytes } = this.config.http;
    const { body, files } = await readMultipart(request, { maxBodyBytes, maxDocumentBytes, maxDocuments });
    return this.check(await this.validated(body), files);
  }

  /** How long the JSON of one document may be. */
  get maxBytesOfOne(): number {
    return this.config.ingestion.maxDocumentBytes * JSON_BYTES_PER_CONTENT_BYTE + JSON_BYTES_EXTRA;
  }

  /** One document, from the bytes of its JSON. @throws as {@link read}; fields are named without a path */
  async readOne(json: Buffer): Promise<IncomingDocument> {
    try {
      const { documents } = await this.check(await this.validated({ documents: [parseJsonBody(json)] }));
      return documents[0];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const message = error.message.replaceAll(/documents\[0\]\.?/g, '');
      throw new AppError(error.code, message, { cause: error });
    }
  }

  private async validated(body: unknown): Promise<IngestRequestDto> {
    const { maxDocumentsPerRequest: most } = this.config.ingestion;
    const count = (body as { documents?: { length?: unknown } } | null | undefined)?.documents?.length;
    // Before each of them is looked at.
    if (typeof count === 'number' && count > most)
      throw validationFailed([{ field: 'documents', problem: `must be at most ${most} in one request` }]);
    return (await this.pipe.transform(body ?? {}, {
      type: 'body',
      metatype: IngestRequestDto,
    })) as IngestRequestDto;
  }

  private async check(
    { collection, documents }: IngestRequestDto,
    files?: readonly { name: string; bytes: Buffer }[],
  ): Promise<Checked> {
    const problems = problemsOf(documents, files !== undefined);
    if (problems.length > 0) throw validationFailed(problems);
    const incoming: IncomingDocument[] = [];
    const { maxDocumentBytes: maxBytes } = this.config.ingestion;
    let checked = 0;
    for (const [i, document] of documents.entries()) {
      const file = files && { ...files[i], part: `files[${i}]` };
      incoming.push(toIncomingDocument(document, { path: `documents[${i}]`, file, maxBytes }));
      checked += file?.bytes.length ?? document.content?.length ?? 0;
      if (checked > CHECKED_AT_ONCE) {
        checked = 0;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    return { collection, documents: incoming };
  }
}

/** Problems that concern several fields or documents. */
function problemsOf(documents: readonly IngestDocumentDto[], withFiles: boolean): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const firstOf = new Map<string, number>();
  documents.forEach((document, i) => {
    problems.push(...problemsOfDocument(document, `documents[${i}]`, withFiles));
    const externalId = externalIdOf(document);
    const first = firstOf.get(externalId);
    if (first !== undefined)
      problems.push({
        field: `documents[${i}].external_id`,
        problem: `is the same as that of documents[${first}]`,
      });
    else firstOf.set(externalId, i);
  });
  return problems;
}

/** What a document is called: by its sender, else by its URL; empty where it has neither. */
function externalIdOf({ external_id, url }: IngestDocumentDto): string {
  return external_id ?? url ?? '';
}

/**
 * What is wrong with a validated document that concerns more than one field.
 * @param path how errors name it, `documents[3]`
 * @param hasFile whether its content came as a file
 */
function problemsOfDocument(document: IngestDocumentDto, path: string, hasFile: boolean): FieldProblem[] {
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
function toIncomingDocument(
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
