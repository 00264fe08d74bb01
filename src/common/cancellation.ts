import type { FastifyReply } from 'fastify';
import { AppError } from './app-error';

/** Why work for a request is broken off: its client hung up. There is nobody to be told. */
export class ClientGone extends Error {
  constructor() {
    super('the client hung up');
  }
}

/**
 * A signal that ends when the answer to a request is no longer wanted: with {@link ClientGone} when its client hangs up
 * before the answer is complete, with AppError `DEADLINE_EXCEEDED` when that takes too long, and with others' reasons.
 * @param deadlineMs milliseconds from now, over everything that is asked on the way; null: no limit
 * @param others signals that end it too
 */
export function untilUnwanted(
  reply: FastifyReply,
  deadlineMs: number | null,
  ...others: readonly AbortSignal[]
): AbortSignal {
  const controller = new AbortController();
  const { raw } = reply;
  const timer =
    deadlineMs === null
      ? undefined
      : setTimeout(() => controller.abort(deadlineExceeded(deadlineMs)), deadlineMs).unref();
  const look = () => {
    clearTimeout(timer);
    if (!raw.writableFinished) controller.abort(new ClientGone());
  };
  if (raw.destroyed) look();
  else raw.once('close', look);
  return others.length === 0 ? controller.signal : AbortSignal.any([controller.signal, ...others]);
}

function deadlineExceeded(deadlineMs: number): AppError {
  return new AppError(
    'DEADLINE_EXCEEDED',
    `There was no answer within ${deadlineMs} ms; try again shortly.`,
    {
      details: { deadlineMs },
    },
  );
}

/**
 * What a promise gives, unless a signal ends first; what it gives later is dropped.
 * @throws the signal's reason
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  let onAbort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
