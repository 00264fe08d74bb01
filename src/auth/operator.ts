import { AppError } from '../common/app-error';
import { DEFAULT_TENANT_ID, type Principal } from './principal';

/** Whether a caller runs the service: whoever holds an `admin` key of the default tenant. */
export function isOperator({ tenantId }: Principal): boolean {
  return tenantId === DEFAULT_TENANT_ID;
}

/**
 * For what concerns all tenants.
 * @param what what the caller is about to do, e.g. `administer tenants`
 * @throws AppError `FORBIDDEN` for anyone but the operator
 */
export function refuseAllButOperator(principal: Principal, what: string): void {
  if (!isOperator(principal))
    throw new AppError('FORBIDDEN', `Only an admin key of the default tenant may ${what}.`, {
      details: { scope: 'admin' },
    });
}
