import type OpenAI from 'openai';
import { AppError } from '../../../common/app-error';
import { type BreakerSettings, ModelBreaker, ModelLeftAlone } from '../../model-breaker';
import { unavailable } from '../../provider-error';
import { isFaultOfTheModel, withRetries } from '../../retry-policy';
import { openAiClient, type OpenAiServer } from './openai-client';
import { openAiFailure } from './openai-failure';

/** Where an OpenAI-compatible server is and how patiently it is asked. */
export interface OpenAiEndpointOptions extends OpenAiServer {
  /** Tries in total, default 3. */
  maxTries?: number;
  /** Pause before the second try in milliseconds, default 500; it doubles with each further one, up to 8 s. */
  initialBackoffMs?: number;
  /** Default: left alone for 10 s after 5 failed tries in a row. */
  breaker?: BreakerSettings;
  /** Is told when the server begins and ends to be left alone. */
  onBreak?: (isLeftAlone: boolean) => void;
}

const DEFAULT_BREAKER: BreakerSettings = { failures: 5, openMs: 10_000 };

/** One try at a request; the signal ends with the caller's patience or when the endpoint is closed. */
export type Send<T> = (client: OpenAI, options: { signal: AbortSignal }) => Promise<T>;

/**
 * Calls an OpenAI-compatible server: retries with exponential backoff and jitter what may pass, and turns failures
 * into AppErrors.
 */
export class OpenAiEndpoint {
  private readonly client: OpenAI;
  private readonly breaker: ModelBreaker;
  private readonly underWay = new Set<AbortController>();
  private closed = false;

  constructor(private readonly options: OpenAiEndpointOptions) {
    this.client = openAiClient(options);
    this.breaker = new ModelBreaker(options.breaker ?? DEFAULT_BREAKER, isFault, options.onBreak);
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
      const { signal } = controller;
      const { maxTries = 3, initialBackoffMs = 500 } = this.options;
      const attempt = () => this.breaker.execute(() => this.tryOnce(send, signal));
      return await withRetries(attempt, { maxTries, initialBackoffMs, signal });
    } catch (error) {
      controller.signal.throwIfAborted();
      if (error instanceof ModelLeftAlone) throw this.leftAlone();
      throw error instanceof AppError ? error : unavailable('EMBEDDING_UNAVAILABLE', error);
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

  /** @throws ProviderError, AppError as thrown by `send`; why it was given up, where it was */
  private async tryOnce<T>(send: Send<T>, signal: AbortSignal): Promise<T> {
    try {
      return await send(this.client, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof AppError ? error : openAiFailure(error, this.options.apiKey);
    }
  }

  private leftAlone(): AppError {
    const { openMs } = this.options.breaker ?? DEFAULT_BREAKER;
    return new AppError(
      'EMBEDDING_UNAVAILABLE',
      'The embedding model gave no answer lately and is left alone for a while.',
      { details: { kind: 'breaker_open' }, retryAfterSeconds: Math.ceil(openMs / 1000) },
    );
  }

  private closedError(): AppError {
    return new AppError('EMBEDDING_UNAVAILABLE', 'The service is shutting down.');
  }
}

/** Also that nobody wanted to wait for it any longer. */
function isFault(error: unknown): boolean {
  return isFaultOfTheModel(error) || (error instanceof AppError && error.details?.kind === 'timeout');
}
