import { Logger } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { sha256OfParts } from '../common/hash';
import type { Principal } from './principal';

const logger = new Logger('Identity');

/** Whether a caller may ask on behalf of a user. */
export function mayActAs({ mayActAs: users }: Principal, userId: string): boolean {
  return users === 'any' || users.includes(userId);
}

/**
 * What the ACLs of documents are compared with for one request.
 * - Of a program (an API key): its own principals, and `user:<userId>` if it may ask on behalf of that user. A `userId`
 *   that it may not act as gives nothing.
 * - Of a user (a token): themselves and their groups; if they may ask on behalf of another, what that user may read and
 *   nothing more.
 * @param userId as the request names it, which is not proof of identity
 * @throws AppError `FORBIDDEN` for a user who may not ask on behalf of the one that the request names
 */
export function aclPrincipals(caller: Principal, userId: string | undefined): string[] {
  if (caller.userId !== null) return principalsOfUser(caller, caller.userId, userId ?? caller.userId);
  if (userId === undefined) return [...caller.principals];
  const isVouchedFor = mayActAs(caller, userId);
  log(caller, userId, isVouchedFor);
  return isVouchedFor ? [`user:${userId}`, ...caller.principals] : [...caller.principals];
}

function principalsOfUser(caller: Principal, subject: string, userId: string): string[] {
  if (userId === subject) return [`user:${subject}`, ...caller.principals];
  if (!mayActAs(caller, userId))
    throw new AppError('FORBIDDEN', 'user_id must be the user of the token.', {
      details: { field: 'user_id' },
    });
  log(caller, userId, true);
  return [`user:${userId}`];
}

const HASH_DIGITS = 16;

/** Logs a request on behalf of a user, by a hash: logs cannot be erased. */
function log({ tenantId }: Principal, userId: string, isVouchedFor: boolean): void {
  const user_hash = sha256OfParts([tenantId, userId]).slice(0, HASH_DIGITS);
  logger.debug('asked on behalf of a user', { user_hash, isVouchedFor });
}
