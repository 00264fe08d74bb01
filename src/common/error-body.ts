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

/** The one shape of errors with what OpenAI's clients look for besides. */
export interface OpenAiErrorBody {
  error: ErrorBody['error'] & { type: string; param: string | null };
}

const TYPE_OF_STATUS: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
};

/** The body for an error of a route under `/v1`. `param` is the first field that is wrong. */
export function openAiErrorBody(error: AppError, requestId: string): OpenAiErrorBody {
  const body = errorBody(error, requestId);
  const type =
    TYPE_OF_STATUS[error.status] ?? (error.status >= 500 ? 'server_error' : 'invalid_request_error');
  const [first] = (body.error.details.fields ?? []) as { field: string }[];
  return { error: { ...body.error, type, param: first?.field ?? null } };
}
