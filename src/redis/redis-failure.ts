import { AppError } from '../common/app-error';

/** No answer in time. */
export class RedisTimeoutError extends Error {
  constructor(operation: string, timeoutMs: number) {
    super(`${operation} got no answer within ${timeoutMs} ms`);
    this.name = 'RedisTimeoutError';
  }
}

/**
 * Why a call of the caches' Redis came to nothing: `absent`: none is configured; `unavailable`: it cannot be reached or
 * is not asked because it did not answer lately; `timeout`: no answer in time; `write-refused`: out of memory,
 * read-only; `error`: it answered that the command is wrong.
 */
export type CacheFailure = 'absent' | 'unavailable' | 'timeout' | 'write-refused' | 'error';

/** Replies of a server that takes no writes, whatever the command. */
const WRITE_REFUSED = /^(OOM|READONLY|MISCONF|NOREPLICAS)\b/;
/** Replies of a server that cannot serve now, whatever the command. */
const NOT_SERVING = /^(LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOAUTH|WRONGPASS|NOPERM)\b/;

/** What a rejected call of ioredis means; null for anything that is a fault of the calling code. */
export function failureOf(error: unknown): Exclude<CacheFailure, 'absent'> | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof RedisTimeoutError) return 'timeout';
  // ioredis exports no classes for these, and raises lost connections as plain errors.
  if (error.name === 'ReplyError') {
    if (WRITE_REFUSED.test(error.message)) return 'write-refused';
    return NOT_SERVING.test(error.message) ? 'unavailable' : 'error';
  }
  const isFault =
    error.name !== 'Error' && /^(Type|Range|Syntax|Reference|Eval|URI|App)Error$/.test(error.name);
  return isFault ? null : 'unavailable';
}

/** The {@link CacheFailure} that an AppError `CACHE_UNAVAILABLE` carries; null for every other error. */
export function cacheFailureOf(error: unknown): CacheFailure | null {
  if (!(error instanceof AppError) || error.code !== 'CACHE_UNAVAILABLE') return null;
  return (error.details?.reason as CacheFailure | undefined) ?? 'unavailable';
}

/**
 * What a call of the caches' Redis gives, or `otherwise` where the server cannot be asked.
 * @throws every error but AppError `CACHE_UNAVAILABLE`
 */
export async function orWithoutCache<V>(otherwise: V, call: () => Promise<V>): Promise<V> {
  try {
    return await call();
  } catch (error) {
    if (cacheFailureOf(error) === null) throw error;
    return otherwise;
  }
}

/** AppError `CACHE_UNAVAILABLE` of a failed operation. */
export function cacheUnavailable(operation: string, reason: CacheFailure, cause?: unknown): AppError {
  return new AppError('CACHE_UNAVAILABLE', `The caches’ Redis did not serve ${operation} (${reason}).`, {
    cause,
    details: { reason },
  });
}
