import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { AppError } from '../../../common/app-error';

/** Why a provider gave no usable answer; a bounded set, fit for a metric's label. */
export type FailureKind =
  'timeout' | 'connection' | 'rate_limit' | 'server_error' | 'rejected' | 'invalid_response';

/** Longest pause that a provider may ask for and still be tried again; beyond it the caller is told to wait. */
export const MAX_RETRY_DELAY_MS = 8_000;

const WORTH_RETRYING: ReadonlySet<FailureKind> = new Set([
  'timeout',
  'connection',
  'rate_limit',
  'server_error',
]);

const EXPLANATION: Record<FailureKind, string> = {
  timeout: 'it did not answer in time',
  connection: 'it cannot be reached',
  rate_limit: 'it is out of quota or asked too often',
  server_error: 'it answered with a server error',
  rejected: 'it rejected the request; check key, model and base URL',
  invalid_response: 'its answer is not in the form of the OpenAI API',
};

/** Of the errors of a socket, those that come before anything is sent. */
const NEVER_SENT = /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)\b/;

/** An answer with status 200 that is of no use. */
export class InvalidResponse extends Error {}

/** Sorts what the `openai` package throws. */
export function failureKind(error: unknown): FailureKind {
  if (error instanceof APIConnectionTimeoutError) return 'timeout';
  if (error instanceof APIConnectionError) return 'connection';
  if (!(error instanceof APIError)) return 'invalid_response';
  const status = statusOf(error) ?? 0;
  if (status === 429) return 'rate_limit';
  if (status === 408) return 'timeout';
  return status >= 500 ? 'server_error' : 'rejected';
}

/** Whether nothing helps but paying. */
export function isOutOfCredit(error: unknown): boolean {
  return error instanceof APIError && error.code === 'insufficient_quota';
}

/** What speaks against the model, and not against the request, the caller or ourselves. */
export function isFaultOfTheModel(error: unknown): boolean {
  if (!(error instanceof APIError || error instanceof InvalidResponse)) return false;
  const kind = failureKind(error);
  return kind !== 'rejected' && (kind !== 'rate_limit' || isOutOfCredit(error));
}

/** Whether the same request may succeed within seconds. */
export function isWorthRetrying(error: unknown): boolean {
  if (!WORTH_RETRYING.has(failureKind(error))) return false;
  return !isOutOfCredit(error) && (retryAfterMs(error) ?? 0) <= MAX_RETRY_DELAY_MS;
}

/** The pause that the provider asked for with `Retry-After` (seconds or a date) or `retry-after-ms`. */
export function retryAfterMs(error: unknown, nowMs: number = Date.now()): number | undefined {
  const headers = error instanceof APIError ? (error.headers as Headers | undefined) : undefined;
  const milliseconds = Number(headers?.get('retry-after-ms') ?? NaN);
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds);
  const asked = headers?.get('retry-after') ?? '';
  const seconds = asked === '' ? NaN : Number(asked);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(asked) - nowMs;
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
}

/**
 * The pause before the next try: what the provider asked for, lengthened by up to a quarter by chance, else one that
 * doubles with each try and is shortened by up to half: the clients of a server that comes back do not ask all at once.
 * @param tries made so far
 * @param random gives 0 to 1
 */
export function pauseMs(
  error: unknown,
  tries: number,
  initialBackoffMs: number,
  random: () => number,
): number {
  const asked = retryAfterMs(error);
  if (asked !== undefined) return asked * (1 + random() / 4);
  const exponential = Math.min(initialBackoffMs * 2 ** (tries - 1), MAX_RETRY_DELAY_MS);
  return exponential * (0.5 + random() / 2);
}

/** Whether a try certainly cost nothing: it was answered with an error, or never reached the server. */
export function isFree(error: unknown): boolean {
  if (error instanceof APIConnectionError) return messages(error).some((text) => NEVER_SENT.test(text));
  return error instanceof APIError && statusOf(error) !== undefined;
}

/**
 * The error for callers: says what happened in words of ours, since providers echo keys and prompts; their words
 * are in the cause, without the key.
 */
export function providerFailure(
  code: 'EMBEDDING_UNAVAILABLE' | 'LLM_UNAVAILABLE',
  error: unknown,
  apiKey: string | undefined,
): AppError {
  const kind = failureKind(error);
  const status = statusOf(error);
  const subject = code === 'LLM_UNAVAILABLE' ? 'language model' : 'embedding model';
  const waitMs = retryAfterMs(error);
  return new AppError(code, `The ${subject} gave no answer: ${EXPLANATION[kind]}.`, {
    cause: new Error(withoutKey(messages(error).join(': '), apiKey)),
    details: { kind, ...(status !== undefined && { status }) },
    ...(waitMs !== undefined && { retryAfterSeconds: Math.ceil(waitMs / 1000) }),
  });
}

function statusOf(error: unknown): number | undefined {
  return error instanceof APIError ? (error.status as number | undefined) : undefined;
}

/** The messages of an error and its causes; `fetch failed` alone tells nothing. */
function messages(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const { code } = error as { code?: unknown };
  const message = typeof code === 'string' ? `${error.message} (${code})` : error.message;
  return [message, ...(error.cause === undefined ? [] : messages(error.cause))];
}

function withoutKey(text: string, apiKey: string | undefined): string {
  const masked = text.replace(/\bsk-[\w*-]+/g, '[key]');
  return apiKey && apiKey.length >= 8 ? masked.replaceAll(apiKey, '[key]') : masked;
}
