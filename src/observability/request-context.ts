import { AsyncLocalStorage } from 'node:async_hooks';

/** State of the current request, available in everything that it calls. */
export interface RequestContext {
  readonly requestId: string;
  /** The caller's name in the audit log; set by the guard. */
  actor?: string;
  /** Layer of the semantic cache that answered; set by the query controller. */
  cacheLayer: 'exact' | 'semantic' | 'none';
}

const current = new AsyncLocalStorage<RequestContext>();

/** @returns the current request, or undefined outside of one (workers, timers, start) */
export function currentRequest(): RequestContext | undefined {
  return current.getStore();
}

/** Runs work, and everything that it starts, as part of a request. */
export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return current.run(context, work);
}

const currentJobId = new AsyncLocalStorage<string>();

/** @returns the id of the current queue job, or undefined outside of one */
export function currentJob(): string | undefined {
  return currentJobId.getStore();
}

/** Runs work, and everything that it starts, as part of a queue job. */
export function runInJob<T>(jobId: string, work: () => T): T {
  return currentJobId.run(jobId, work);
}
