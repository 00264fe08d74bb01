import { DelegateBackoff, handleWhen, retry, type RetryPolicy } from 'cockatiel';
import OpenAI from 'openai';
import { AppError } from '../../../common/app-error';
import { isWorthRetrying, MAX_RETRY_DELAY_MS, providerFailure, retryAfterMs } from './provider-failure';

/** Where an OpenAI-compatible server is and how patiently it is asked. */
export interface OpenAiEndpointOptions {
  /** E.g. `https://api.openai.com/v1`, the default. */
  baseUrl?: string;
  /** Sent as a bearer token; servers without keys get none. */
  apiKey?: string;
  /** Milliseconds after which one try is given up, its whole answer included. */
  timeoutMs: number;
  /** Tries in total, default 3. */
  maxTries?: number;
  /** Pause before the second try in milliseconds, default 500; it doubles with each further one, up to 8 s. */
  initialBackoffMs?: number;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** Asked after a failed try; by default always. */
  mayRetry?: () => boolean;
}

/** One try at a request; the signal ends with the caller's patience or when the endpoint is closed. */
export type Send<T> = (client: OpenAI, options: { signal: AbortSignal }) => Promise<T>;

/**
 * Calls an OpenAI-compatible server: retries with exponential backoff and jitter what may pass, and turns failures
 * into AppErrors. The package's own retries are not used: they obey a `Retry-After` of an hour.
 */
export class OpenAiEndpoint {
  private readonly client: OpenAI;
  private readonly retries: RetryPolicy;
  private readonly underWay = new Set<AbortController>();
  private closed = false;

  /** @param unavailable code of the errors that calls end with */
  constructor(
    private readonly options: OpenAiEndpointOptions,
    private readonly unavailable: 'EMBEDDING_UNAVAILABLE' | 'LLM_UNAVAILABLE',
  ) {
    const { baseUrl, apiKey, timeoutMs, maxTries = 3, initialBackoffMs = 500 } = options;
    this.client = new OpenAI({
      baseURL: baseUrl ?? null,
      apiKey: apiKey ?? 'none',
      defaultHeaders: apiKey === undefined ? { authorization: null } : {},
      // Nothing but the configuration decides: the package would look into the environment for these.
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      timeout: timeoutMs,
      maxRetries: 0,
      logLevel: 'off',
      fetch: fetchWhole,
    });
    this.retries = retry(handleWhen(isWorthRetrying), {
      maxAttempts: maxTries - 1,
      backoff: new DelegateBackoff(({ attempt, result }) => {
        const exponential = Math.min(initialBackoffMs * 2 ** (attempt - 1), MAX_RETRY_DELAY_MS);
        const asked = 'error' in result ? retryAfterMs(result.error) : undefined;
        // Jitter keeps the clients of a server that comes back from asking all at once.
        return asked ?? exponential * (0.5 + Math.random() / 2);
      }),
    });
  }

  /**
   * @throws AppError of the endpoint's code when no try succeeded, or as thrown by `send`; the signal's reason if
   *   the caller gave up
   */
  async call<T>(send: Send<T>, { signal, mayRetry = () => true }: CallOptions = {}): Promise<T> {
    signal?.throwIfAborted();
    if (this.closed) throw this.closedError();
    // Each call has a signal of its own: the package never removes its listeners from the one it is given.
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    this.underWay.add(controller);
    try {
      const options = { signal: controller.signal };
      const tryOnce = async () => {
        try {
          return await send(this.client, options);
        } catch (error) {
          // What is an AppError is not tried again.
          throw mayRetry() ? error : this.failure(error);
        }
      };
      return await this.retries.execute(tryOnce, controller.signal);
    } catch (error) {
      controller.signal.throwIfAborted();
      throw this.failure(error);
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

  private failure(error: unknown): AppError {
    return error instanceof AppError ? error : providerFailure(this.unavailable, error, this.options.apiKey);
  }

  private closedError(): AppError {
    return new AppError(this.unavailable, 'The service is shutting down.');
  }
}

/** Reads the answer to its end, so that the time limit, and the retries, cover the body too. */
async function fetchWhole(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  try {
    const response = await fetch(input, init);
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
    const body = await response.arrayBuffer();
    const { status, statusText, headers } = response;
    return new Response(body.byteLength > 0 ? body : null, { status, statusText, headers });
  } catch (cause) {
    // The package knows its own time limit by this message; a caller's abort is told apart before it is asked.
    if (init?.signal?.aborted) throw new Error('timed out', { cause });
    throw cause;
  }
}
