import { DelegateBackoff, handleWhen, retry, type RetryPolicy } from 'cockatiel';
import type OpenAI from 'openai';
import { AppError } from '../../../common/app-error';
import { openAiClient, type OpenAiServer } from './openai-client';
import { isWorthRetrying, pauseMs, providerFailure } from './provider-failure';

/** Where an OpenAI-compatible server is and how patiently it is asked. */
export interface OpenAiEndpointOptions extends OpenAiServer {
  /** Tries in total, default 3. */
  maxTries?: number;
  /** Pause before the second try in milliseconds, default 500; it doubles with each further one, up to 8 s. */
  initialBackoffMs?: number;
}

/** One try at a request; the signal ends with the caller's patience or when the endpoint is closed. */
export type Send<T> = (client: OpenAI, options: { signal: AbortSignal }) => Promise<T>;

/**
 * Calls an OpenAI-compatible server: retries with exponential backoff and jitter what may pass, and turns failures
 * into AppErrors.
 */
export class OpenAiEndpoint {
  private readonly client: OpenAI;
  private readonly retries: RetryPolicy;
  private readonly underWay = new Set<AbortController>();
  private closed = false;

  constructor(private readonly options: OpenAiEndpointOptions) {
    const { maxTries = 3, initialBackoffMs = 500 } = options;
    this.client = openAiClient(options);
    this.retries = retry(handleWhen(isWorthRetrying), {
      maxAttempts: maxTries - 1,
      backoff: new DelegateBackoff(({ attempt, result }) =>
        pauseMs('error' in result ? result.error : null, attempt, initialBackoffMs, Math.random),
      ),
    });
  }

  /**
   * @throws AppError `EMBEDDING_UNAVAILABLE` when no try succeeded, or as thrown by `send`; the signal's reason if
   *   the caller gave up
   */
  async call<T>(send: Send<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.closed) throw this.closedError();
    // Each call has a signal of its own: the package never removes its listeners from the one it is given.
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    this.underWay.add(controller);
    try {
      const options = { signal: controller.signal };
      return await this.retries.execute(() => send(this.client, options), controller.signal);
    } catch (error) {
      controller.signal.throwIfAborted();
      throw error instanceof AppError
        ? error
        : providerFailure('EMBEDDING_UNAVAILABLE', error, this.options.apiKey);
    } finally {
      signal?.removeEventListener('abort', abort);
      this.underWay.delete(controller);
    }
  }

  /** Gives up what is under way; later calls fail. */
  close(): void {
    this.closed = true;
    for (const controller of this.underWay) controller.abort(this.closedError());
  }

  private closedError(): AppError {
    return new AppError('EMBEDDING_UNAVAILABLE', 'The service is shutting down.');
  }
}
