import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error';
import { refuseHostileParts } from '../common/hostile-value';
import { parseJsonBody } from '../common/http-json-body';
import { validationFailed, type FieldProblem } from '../common/validation-failed';

const MAX_FIELDS = 16;
const MAX_FIELD_BYTES = 65_536;
/** Fields whose value is JSON; the others are taken as they are. */
const JSON_FIELDS = new Set(['metadata', 'acl']);
/** Fields that hold for every file of the request. */
const SHARED_FIELDS = new Set(['mime_type', 'title', 'last_modified', ...JSON_FIELDS]);

export interface MultipartLimits {
  maxBodyBytes: number;
  maxDocumentBytes: number;
  maxDocuments: number;
}

/** A multipart request in the shape of a JSON one, with the files' bytes beside it. */
export interface MultipartRequest {
  /** Still to be validated as an `IngestRequestDto`. */
  body: { collection?: unknown; documents: Record<string, unknown>[] };
  /** Content of each document, in their order. */
  files: { name: string; bytes: Buffer }[];
}

/**
 * Reads `multipart/form-data`: each file is a document whose external id is the file's name; the fields `collection`,
 * `title`, `mime_type`, `last_modified`, `metadata` and `acl` (the last two as JSON) hold for all of them.
 * @throws AppError `PAYLOAD_TOO_LARGE`, `VALIDATION_FAILED`, `BAD_REQUEST`
 */
export async function readMultipart(
  request: FastifyRequest,
  limits: MultipartLimits,
): Promise<MultipartRequest> {
  const fields = new Map<string, unknown>();
  const files: { name: string; bytes: Buffer; type: string }[] = [];
  let budget = limits.maxBodyBytes;
  try {
    for await (const part of request.parts({
      preservePath: true,
      limits: {
        files: limits.maxDocuments,
        fields: MAX_FIELDS,
        fieldSize: MAX_FIELD_BYTES,
        fileSize: limits.maxDocumentBytes,
      },
    })) {
      if (part.type === 'field') {
        fields.set(part.fieldname, fieldValue(part.fieldname, part.value, part.valueTruncated));
        continue;
      }
      const bytes = await fileBytes(part, budget, limits);
      budget -= bytes.length;
      files.push({ name: part.filename, bytes, type: part.mimetype });
    }
  } catch (error) {
    throw meaningOf(error, limits);
  }
  return { body: bodyOf(fields, files), files };
}

function fieldValue(name: string, value: unknown, truncated: boolean): unknown {
  if (name !== 'collection' && !SHARED_FIELDS.has(name))
    throw validationFailed([{ field: name, problem: 'is not a known field' }]);
  if (truncated || typeof value !== 'string')
    throw validationFailed([{ field: name, problem: `must be text of at most ${MAX_FIELD_BYTES} bytes` }]);
  if (!JSON_FIELDS.has(name)) {
    // As the parser of JSON bodies does.
    refuseHostileParts(value, name);
    return value;
  }
  try {
    return parseJsonBody(Buffer.from(value));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'BAD_REQUEST') throw error;
    throw validationFailed([{ field: name, problem: 'must be JSON' }]);
  }
}

async function fileBytes(part: MultipartFile, budget: number, limits: MultipartLimits): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of part.file as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > budget) throw bodyTooLarge(limits);
    pieces.push(piece);
  }
  if (part.file.truncated)
    throw new AppError(
      'PAYLOAD_TOO_LARGE',
      `${part.filename}: the file is larger than ${limits.maxDocumentBytes} bytes.`,
      { details: { field: part.filename, limitBytes: limits.maxDocumentBytes } },
    );
  return Buffer.concat(pieces, size);
}

function bodyOf(
  fields: ReadonlyMap<string, unknown>,
  files: readonly { name: string; type: string }[],
): MultipartRequest['body'] {
  const problems: FieldProblem[] = [];
  if (files.length === 0)
    problems.push({ field: 'files', problem: 'must hold at least one file with a name' });
  if (files.length > 1 && fields.has('title'))
    problems.push({ field: 'title', problem: 'can be given for a single file only' });
  if (problems.length > 0) throw validationFailed(problems);
  const shared = Object.fromEntries([...fields].filter(([name]) => SHARED_FIELDS.has(name)));
  return {
    ...(fields.has('collection') && { collection: fields.get('collection') }),
    documents: files.map(({ name, type }) => ({ external_id: name, mime_type: type, ...shared })),
  };
}

/** What an error of the multipart parser means to its caller. */
function meaningOf(error: unknown, limits: MultipartLimits): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { code } = error as Error & { code?: string };
  switch (code) {
    case 'FST_FILES_LIMIT':
      return validationFailed([{ field: 'files', problem: `must be at most ${limits.maxDocuments}` }]);
    case 'FST_FIELDS_LIMIT':
    case 'FST_PARTS_LIMIT':
      return validationFailed([{ field: 'files', problem: `come with at most ${MAX_FIELDS} fields` }]);
    case 'FST_REQ_FILE_TOO_LARGE':
      return bodyTooLarge({ ...limits, maxBodyBytes: limits.maxDocumentBytes });
    case 'FST_PROTO_VIOLATION':
      return validationFailed([{ field: 'files', problem: 'have a field of a name that is not accepted' }]);
    default:
      return new AppError('BAD_REQUEST', 'The multipart body is broken or ends too early.', { cause: error });
  }
}

function bodyTooLarge({ maxBodyBytes }: MultipartLimits): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', `The body is larger than ${maxBodyBytes} bytes.`, {
    details: { limitBytes: maxBodyBytes },
  });
}
