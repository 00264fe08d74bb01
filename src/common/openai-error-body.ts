import type { AppError } from './app-error';
import { type ErrorBody, errorBody } from './http-error-body';

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
