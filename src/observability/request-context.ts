import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known of the request being served, wherever its work leads. */
export interface RequestContext {
  readonly requestId: string;
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
