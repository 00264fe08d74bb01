import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { type FailureKind, ProviderError } from '../../provider-error';

/** Of the errors of a socket, those that come before anything is sent. */
const NEVER_SENT = /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)\b/;

/**
 * What the `openai` package throws, and what reading its answers throws, without the key.
 * @param otherwise what an error is that neither package nor parser threw: `connection` while a body is read
 */
export function openAiFailure(
  error: unknown,
  apiKey: string | undefined,
  otherwise: FailureKind = 'invalid_response',
): ProviderError {
  if (error instanceof ProviderError) return error;
  const message = withoutKey(messages(error).join(': '), apiKey);
  if (!(error instanceof APIError))
    return new ProviderError(isSyntaxError(error) ? 'invalid_response' : otherwise, message);
  const status = error.status as number | undefined;
  const isConnection = error instanceof APIConnectionError;
  return new ProviderError(kindOf(error, status ?? 0), message, {
    ...(status !== undefined && { status }),
    retryAfterMs: retryAfterMs(error.headers as Headers | undefined),
    isOutOfCredit: error.code === 'insufficient_quota',
    isFree: isConnection ? NEVER_SENT.test(message) : status !== undefined,
  });
}

function kindOf(error: InstanceType<typeof APIError>, status: number): FailureKind {
  if (error instanceof APIConnectionTimeoutError) return 'timeout';
  if (error instanceof APIConnectionError) return 'connection';
  if (status === 429) return 'rate_limit';
  if (status === 408) return 'timeout';
  return status >= 500 ? 'server_error' : 'rejected';
}

/** The pause that the provider asked for with `Retry-After` (seconds or a date) or `retry-after-ms`. */
function retryAfterMs(headers: Headers | undefined): number | undefined {
  const milliseconds = Number(headers?.get('retry-after-ms') ?? NaN);
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds);
  const asked = headers?.get('retry-after') ?? '';
  const seconds = asked === '' ? NaN : Number(asked);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(asked) - Date.now();
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
}

/** The messages of an error and its causes; `fetch failed` alone says nothing. */
function messages(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const { code } = error as { code?: unknown };
  const message = typeof code === 'string' ? `${error.message} (${code})` : error.message;
  return [message, ...(error.cause === undefined ? [] : messages(error.cause))];
}

function isSyntaxError(error: unknown): boolean {
  return (error as { name?: unknown } | null)?.name === 'SyntaxError';
}

function withoutKey(text: string, apiKey: string | undefined): string {
  const masked = text.replace(/\bsk-[\w*-]+/g, '[key]');
  return apiKey && apiKey.length >= 8 ? masked.replaceAll(apiKey, '[key]') : masked;
}
