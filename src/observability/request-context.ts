import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known of the request being served, wherever its work leads. */
export interface RequestContext {
  readonly requestId: string;
  /** Who calls, as the audit log names it; the guard says so. */
  actor?: string;
  /** Which layer of the semantic cache answered; the query controller says so. */
  cacheLayer: 'exact' | 'semantic' | 'none';
}

const current = new AsyncLocalStorage<RequestContext>();

/** The request being served, or undefined outside of one (workers, timers, start). */
export function currentRequest(): RequestContext | undefined {
  return current.getStore();
}

/** Runs work as part of a request, and all that it starts. */
export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return current.run(context, work);
}

const currentJobId = new AsyncLocalStorage<string>();

/** Id of the job of a queue that is being worked on, or undefined outside of one. */
export function currentJob(): string | undefined {
  return currentJobId.getStore();
}

/** Runs work as part of a job, and all that it starts. */
export function runInJob<T>(jobId: string, work: () => T): T {
  return currentJobId.run(jobId, work);
}
