import { Logger } from '@nestjs/common';
import type { Principal } from './principal';

const logger = new Logger('Identity');

/** Whether a caller may ask on behalf of a user, whatever it says itself of who it is. */
export function mayActAs({ mayActAs: users }: Principal, userId: string): boolean {
  return users === 'any' || users.includes(userId);
}

/**
 * What the ACLs of documents are compared with for one request: the principals that the caller has itself, and
 * `user:<userId>` if it may ask on behalf of that user. A `userId` that it may not act as gives nothing.
 * @param userId as the request names it, which proves nothing
 */
export function aclPrincipals(caller: Principal, userId: string | undefined): string[] {
  if (userId === undefined) return [...caller.principals];
  const isVouchedFor = mayActAs(caller, userId);
  logger.debug('asked on behalf of a user', { user_id: userId, isVouchedFor });
  return isVouchedFor ? [`user:${userId}`, ...caller.principals] : [...caller.principals];
}
