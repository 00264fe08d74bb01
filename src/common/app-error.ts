import { ERROR_CODES, type ErrorCode } from './error-codes';

export interface AppErrorOptions {
  cause?: unknown;
  /** Safe to show to the caller: never a stack, SQL, key or another tenant's data. */
  details?: Record<string, unknown>;
  /** For 429 and 503: how long to wait before the next try. */
  retryAfterSeconds?: number;
}

/** The one error class of the service; its code decides status, retry and documentation. */
export class AppError extends Error {
  readonly details?: Record<string, unknown>;
  readonly retryAfterSeconds?: number;

  /** @param message what happened and what to do about it, for the caller */
  constructor(
    readonly code: ErrorCode,
    message: string,
    options: AppErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  /** Whether the same call may succeed later; a job that fails with `false` is not tried again. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}
