import { AppError } from '../common/app-error';

/** SQLSTATE classes and codes of a server that is unavailable, starting, stopping or full. */
const UNAVAILABLE_SQLSTATE = /^(08|53|57P0[1235])/;
const UNAVAILABLE_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOENT',
]);
/** `pg` gives these no code. */
const UNAVAILABLE_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end|Driver not Connected)/i;

/**
 * Whether an error means that Postgres cannot be asked (rather than that the statement was wrong).
 * @see https://www.postgresql.org/docs/17/errcodes-appendix.html
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isDatabaseUnavailable)) return true;
  const { code, driverError } = error as Error & { code?: unknown; driverError?: unknown };
  if (driverError !== undefined && driverError !== error && isDatabaseUnavailable(driverError)) return true;
  if (typeof code === 'string')
    if (UNAVAILABLE_SYSTEM_CODES.has(code) || (code.length === 5 && UNAVAILABLE_SQLSTATE.test(code)))
      return true;
  return UNAVAILABLE_MESSAGE.test(error.message);
}

/** The 503 for an error of {@link isDatabaseUnavailable}. */
export function databaseUnavailable(cause: unknown): AppError {
  return new AppError('DATABASE_UNAVAILABLE', 'The database cannot be reached; try again shortly.', {
    cause,
    retryAfterSeconds: 2,
  });
}

/** Foreign keys to a tenant, as Postgres names them. */
const TENANT_KEY = /_tenant_id_fkey$/;
const FOREIGN_KEY_VIOLATION = '23503';

/** Whether a statement failed because the tenant that it writes for was removed: its keys are believed a little longer. */
export function isTenantGone(error: unknown): boolean {
  const { driverError } = (error ?? {}) as { driverError?: { code?: string; constraint?: string } };
  return driverError?.code === FOREIGN_KEY_VIOLATION && TENANT_KEY.test(driverError.constraint ?? '');
}

/** The 401 for an error of {@link isTenantGone}. */
export function tenantGone(cause: unknown): AppError {
  return new AppError('UNAUTHENTICATED', 'The tenant of this API key was removed.', { cause });
}
