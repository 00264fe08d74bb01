import { AppError } from '../common/app-error';

/** The error for a call that a space is not in the state for. @param details figures that say why */
export function spaceConflict(message: string, details: Record<string, unknown>): AppError {
  return new AppError('EMBEDDING_SPACE_CONFLICT', message, { details });
}
