/** What an error code means to a caller: its HTTP status, and whether the same call may succeed later. */
export interface ErrorCodeDefinition {
  status: number;
  retryable: boolean;
  /** One sentence for `docs/errors.md`. */
  description: string;
}

const define = (status: number, description: string, retryable = false): ErrorCodeDefinition => ({
  status,
  retryable,
  description,
});

/** Every error code of the service. `docs/errors.md` lists the same table; a test keeps them equal. */
export const ERROR_CODES = {
  BAD_REQUEST: define(400, 'The request could not be read: malformed JSON, a broken multipart body.'),
  VALIDATION_FAILED: define(400, 'A field is missing, unknown or out of range; `details.fields` names each.'),
  EMPTY_DOCUMENT: define(400, 'A document holds no text.'),
  UNREADABLE_TEXT: define(
    400,
    'Binary posing as text: the bytes of a document are not text of the declared type, or a field holds U+0000 or half of a surrogate pair.',
  ),
  UNREADABLE_DOCUMENT: define(
    400,
    'A PDF or Office file is broken, of an older format, or none at all; save it anew and send it again.',
  ),
  ENCRYPTED_DOCUMENT: define(400, 'A document needs a password; send it without one.'),
  SOURCE_NOT_ALLOWED: define(
    400,
    'The URL of a document, or one that it redirects to, is not http(s), or names a host without public address that `INGEST_URL_ALLOW_HOSTS` does not name.',
  ),
  SOURCE_FAILED: define(
    400,
    'The server of a document’s URL refuses it, or redirects without end; see whether a browser gets it.',
  ),
  UNAUTHENTICATED: define(
    401,
    'No API key, or one that is unknown, revoked or has ended; or an access token that is not accepted.',
  ),
  FORBIDDEN: define(
    403,
    'The caller lacks the scope that this call needs (`details.scope`), is not for this collection (`details.collection`), or may not ask on behalf of this user (`details.field`).',
  ),
  NOT_LOCAL: define(
    403,
    'Authentication is disabled, and the request comes through a proxy, from a foreign web page, or by a name other than a loopback address; or it wants what is only given with authentication.',
  ),
  NOT_FOUND: define(404, 'No such route.'),
  COLLECTION_NOT_FOUND: define(404, 'The tenant has no collection of this name.'),
  DOCUMENT_NOT_FOUND: define(404, 'The tenant has no document of this id.'),
  JOB_NOT_FOUND: define(404, 'The tenant has no ingestion job of this id.'),
  ANSWER_NOT_FOUND: define(404, 'No cached answer is known for the request of this id, or not any more.'),
  TENANT_NOT_FOUND: define(404, 'No tenant of this id.'),
  API_KEY_NOT_FOUND: define(404, 'The tenant has no API key of this id.'),
  EMBEDDING_SPACE_NOT_FOUND: define(404, 'No embedding space of this id.'),
  METHOD_NOT_ALLOWED: define(405, 'The route exists, but not for this method.'),
  REQUEST_TIMEOUT: define(408, 'The request did not arrive completely in time.', true),
  CONFLICT: define(409, 'Something of this name exists already.'),
  EMBEDDING_SPACE_CONFLICT: define(
    409,
    'The embedding space is not in the state that this call needs, or its figures are below the gate; `details` holds them.',
  ),
  PAYLOAD_TOO_LARGE: define(413, 'The body or one document exceeds the limit in `details.limitBytes`.'),
  DOCUMENT_LIMIT_EXCEEDED: define(
    413,
    'Parsing a document takes more time, memory, pages or unpacked bytes than allowed; split it.',
  ),
  UNSUPPORTED_MEDIA_TYPE: define(
    415,
    'The content type is not one the service reads; `details.supported` lists them.',
  ),
  RATE_LIMITED: define(429, 'A rate limit is used up; wait for `Retry-After` seconds.', true),
  QUEUE_FULL: define(
    429,
    'The tenant has as many documents on their way as are allowed; send more after `Retry-After` seconds.',
    true,
  ),
  BUDGET_EXCEEDED: define(
    429,
    'The tenant’s budget of this month is used up; cached answers are still given. `Retry-After` is when the next month begins.',
    true,
  ),
  HEADERS_TOO_LARGE: define(431, 'The request line and headers together exceed 16 KiB.'),
  INTERNAL: define(500, 'A fault of the service; the log holds the cause under `request_id`.'),
  WORKER_CRASHED: define(
    500,
    'A document was given up because the workers that worked on it died; it may be too large or harmful to parse.',
  ),
  EMBEDDING_DIMENSION_MISMATCH: define(
    500,
    'The configured embedding model or dimensions differ from those of the active space; the process does not start.',
  ),
  DEADLINE_EXCEEDED: define(
    503,
    'The answer took longer than `REQUEST_DEADLINE_MS`, over everything that was asked on the way.',
    true,
  ),
  SOURCE_UNAVAILABLE: define(
    503,
    'The server of a document’s URL cannot be reached, or answers 429 or 5xx.',
    true,
  ),
  DATABASE_UNAVAILABLE: define(503, 'Postgres cannot be asked.', true),
  CACHE_UNAVAILABLE: define(
    503,
    'The caches’ Redis cannot be asked and the call cannot do without it.',
    true,
  ),
  QUEUE_UNAVAILABLE: define(503, 'The job queue cannot be asked.', true),
  EMBEDDING_UNAVAILABLE: define(503, 'The embedding model cannot be asked.', true),
  IDENTITY_PROVIDER_UNAVAILABLE: define(
    503,
    'The OpenID provider of `OIDC_ISSUER` cannot be asked for its keys.',
    true,
  ),
  LLM_UNAVAILABLE: define(503, 'The language model cannot be asked, after all retries.', true),
} as const satisfies Record<string, ErrorCodeDefinition>;

export type ErrorCode = keyof typeof ERROR_CODES;
