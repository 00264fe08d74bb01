/** Properties of an error code: its HTTP status, and whether the same call may succeed later. */
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
  EMPTY_DOCUMENT: define(400, 'A document contains no text.'),
  UNREADABLE_TEXT: define(
    400,
    'Invalid text: the bytes of a document are not text of the declared type, or a field contains U+0000 or a lone surrogate.',
  ),
  UNREADABLE_DOCUMENT: define(
    400,
    'A PDF or Office file is broken, of an old format, or of another type; save it again in a current format and resend it.',
  ),
  ENCRYPTED_DOCUMENT: define(400, 'A document is protected by a password; send it without one.'),
  SOURCE_NOT_ALLOWED: define(
    400,
    'The URL of a document, or a redirect, is not http(s), or its host has no public address and is not in `INGEST_URL_ALLOW_HOSTS`.',
  ),
  SOURCE_FAILED: define(
    400,
    'The server of a document’s URL refuses it, or redirects endlessly; try the URL in a browser.',
  ),
  UNAUTHENTICATED: define(
    401,
    'The API key is missing, unknown, revoked or expired, or the access token is invalid.',
  ),
  FORBIDDEN: define(
    403,
    'The caller lacks the required scope (`details.scope`), has no access to the collection (`details.collection`), or may not act on behalf of this user (`details.field`).',
  ),
  NOT_LOCAL: define(
    403,
    'Authentication is disabled, and the request comes through a proxy, from a foreign web page, or with a `Host` that is not a loopback address; or it needs authentication.',
  ),
  NOT_FOUND: define(404, 'No such route.'),
  COLLECTION_NOT_FOUND: define(404, 'The tenant has no collection of this name.'),
  DOCUMENT_NOT_FOUND: define(404, 'The tenant has no document of this id.'),
  JOB_NOT_FOUND: define(404, 'The tenant has no ingestion job of this id.'),
  ANSWER_NOT_FOUND: define(404, 'No cached answer is known for the request of this id; it may have expired.'),
  TENANT_NOT_FOUND: define(404, 'No tenant has this id.'),
  API_KEY_NOT_FOUND: define(404, 'The tenant has no API key of this id.'),
  EMBEDDING_SPACE_NOT_FOUND: define(404, 'No embedding space has this id.'),
  METHOD_NOT_ALLOWED: define(405, 'The route does not support this method.'),
  REQUEST_TIMEOUT: define(408, 'The request did not arrive completely in time.', true),
  CONFLICT: define(409, 'An object of this name exists already.'),
  EMBEDDING_SPACE_CONFLICT: define(
    409,
    'The embedding space is not in the required state, or its figures (`details`) are below the gate.',
  ),
  PAYLOAD_TOO_LARGE: define(413, 'The body or one document exceeds the limit in `details.limitBytes`.'),
  DOCUMENT_LIMIT_EXCEEDED: define(
    413,
    'Parsing a document exceeds the limit of time, memory, pages or unpacked bytes; split the document.',
  ),
  UNSUPPORTED_MEDIA_TYPE: define(
    415,
    'The content type is not supported; `details.supported` lists those that are.',
  ),
  RATE_LIMITED: define(429, 'A rate limit is exceeded; wait for `Retry-After` seconds.', true),
  QUEUE_FULL: define(
    429,
    'The tenant has reached its limit of queued documents; send more after `Retry-After` seconds.',
    true,
  ),
  BUDGET_EXCEEDED: define(
    429,
    'The tenant’s monthly budget is used up; cached answers are still served. `Retry-After` is the time until the next month.',
    true,
  ),
  HEADERS_TOO_LARGE: define(431, 'The request line and headers together exceed 16 KiB.'),
  INTERNAL: define(500, 'An internal error; the log has the cause under `request_id`.'),
  WORKER_CRASHED: define(
    500,
    'A document failed because the workers that processed it crashed; it may be too large or malicious.',
  ),
  EMBEDDING_DIMENSION_MISMATCH: define(
    500,
    'The configured embedding model or dimensions differ from those of the active space; the process does not start.',
  ),
  DEADLINE_EXCEEDED: define(
    503,
    'The request took longer than `REQUEST_DEADLINE_MS`, including all calls that it caused.',
    true,
  ),
  SOURCE_UNAVAILABLE: define(
    503,
    'The server of a document’s URL is unreachable, or responds with 429 or 5xx.',
    true,
  ),
  DATABASE_UNAVAILABLE: define(503, 'Postgres is unavailable.', true),
  CACHE_UNAVAILABLE: define(503, 'The caches’ Redis is unavailable, and the call needs it.', true),
  QUEUE_UNAVAILABLE: define(503, 'The job queue is unavailable.', true),
  EMBEDDING_UNAVAILABLE: define(503, 'The embedding model is unavailable.', true),
  IDENTITY_PROVIDER_UNAVAILABLE: define(
    503,
    'The OpenID provider of `OIDC_ISSUER` is unavailable, so its keys cannot be read.',
    true,
  ),
  LLM_UNAVAILABLE: define(503, 'The language model is unavailable, after all retries.', true),
} as const satisfies Record<string, ErrorCodeDefinition>;

export type ErrorCode = keyof typeof ERROR_CODES;
