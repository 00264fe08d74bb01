import { AppError } from './app-error';
import type { ErrorCode } from './error-codes';

/** The one shape in which every error leaves the service. */
export interface ErrorBody {
  error: {
    code: ErrorCode;
    message: string;
    request_id: string;
    details: Record<string, unknown>;
  };
}

/** What is said of any fault of the service itself: nothing of its cause. */
export const INTERNAL_MESSAGE = 'The service failed; its log holds the cause under the request_id.';

/** The body for an error; nothing of its cause or stack is in it. */
export function errorBody(error: AppError, requestId: string): ErrorBody {
  return {
    error: {
      code: error.code,
      message: error.message,
      request_id: requestId,
      details: error.details ?? {},
    },
  };
}
