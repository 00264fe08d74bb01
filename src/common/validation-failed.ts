import { AppError } from './app-error';

/** What is wrong with a field, and where it is: `documents[0].title`. */
export interface FieldProblem {
  field: string;
  problem: string;
}

/** More are counted in `details.omitted`: a body of a thousand wrong documents must not come back tenfold. */
const MAX_FIELDS = 50;
const MAX_FIELDS_IN_MESSAGE = 3;

/**
 * The error for input with wrong fields: `details.fields` lists each as `{field, problem}`, the message names
 * the first few.
 */
export function validationFailed(problems: readonly FieldProblem[]): AppError {
  const named = problems.slice(0, MAX_FIELDS_IN_MESSAGE).map(({ field, problem }) => `${field}: ${problem}`);
  const more = problems.length - named.length;
  const omitted = Math.max(0, problems.length - MAX_FIELDS);
  return new AppError(
    'VALIDATION_FAILED',
    `The request is not valid. ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`,
    { details: { fields: problems.slice(0, MAX_FIELDS), ...(omitted > 0 && { omitted }) } },
  );
}
