import { AppError } from '../common/app-error';

/** Why a provider gave no usable answer; a bounded set, fit for a metric's label. */
export type FailureKind =
  'timeout' | 'connection' | 'rate_limit' | 'server_error' | 'rejected' | 'invalid_response';

const EXPLANATION: Record<FailureKind, string> = {
  timeout: 'it did not answer in time',
  connection: 'it cannot be reached',
  rate_limit: 'it is out of quota or asked too often',
  server_error: 'it answered with a server error',
  rejected: 'it rejected the request; check key, model and base URL',
  invalid_response: 'its answer is not in the form of its API',
};

/** What is known of a failed try beside its kind. */
export interface FailureFacts {
  /** HTTP status of the answer, where there was one. */
  status?: number;
  /** The pause that the provider asked for. */
  retryAfterMs?: number;
  /** Whether nothing helps but paying. Default false. */
  isOutOfCredit?: boolean;
  /** Whether the try certainly cost nothing: answered with an error, or never sent. Default false. */
  isFree?: boolean;
}

/**
 * A failed try at a model, the same for all providers: each driver throws what its own library says as this. The
 * message may quote the provider, but holds no key.
 */
export class ProviderError extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string = EXPLANATION[kind],
    readonly facts: FailureFacts = {},
  ) {
    super(message);
    this.name = 'ProviderError';
  }
}

/** `invalid_response` for what no driver knows. */
export function failureKind(error: unknown): FailureKind {
  return error instanceof ProviderError ? error.kind : 'invalid_response';
}

/** The error for callers, in words of our own, since providers echo keys and prompts; theirs are in the cause. */
export function unavailable(code: 'EMBEDDING_UNAVAILABLE' | 'LLM_UNAVAILABLE', error: unknown): AppError {
  const kind = failureKind(error);
  const { status, retryAfterMs }: FailureFacts = error instanceof ProviderError ? error.facts : {};
  const subject = code === 'LLM_UNAVAILABLE' ? 'language model' : 'embedding model';
  return new AppError(code, `The ${subject} gave no answer: ${EXPLANATION[kind]}.`, {
    cause: error,
    details: { kind, ...(status !== undefined && { status }) },
    ...(retryAfterMs !== undefined && { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }),
  });
}
