import { AppError } from '../common/app-error';
import type { Principal } from './principal';

/** Whether a caller may use a collection of its tenant. @param name need not exist */
export function mayUseCollection({ collections }: Principal, name: string): boolean {
  return collections === null || collections.includes(name);
}

/**
 * Refuses collections that a caller may not use. Call it before looking the collection up, so that the error does not reveal
 * whether it exists.
 * @throws AppError `FORBIDDEN`
 */
export function requireCollection(principal: Principal, name: string): void {
  if (!mayUseCollection(principal, name))
    throw new AppError('FORBIDDEN', `The API key is not for the collection "${name}".`, {
      details: { collection: name },
    });
}
