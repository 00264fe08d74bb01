import { setTimeout as delay } from 'node:timers/promises';

/** Longest pause between two attempts. */
const MAX_PAUSE_MS = 60_000;
/** Attempts while the service is full: it will accept the request, but that may take a while. */
const MAX_ATTEMPTS_FULL = 200;
/** Attempts while the service or one of its dependencies is unavailable. */
const MAX_ATTEMPTS_UNAVAILABLE = 6;
const REQUEST_TIMEOUT_MS = 300_000;

/** The service answered with an error. */
export class ServiceRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ServiceRefusal';
  }
}

/** No server answers, or one that is not Evergreen. */
export class ServiceUnreachable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ServiceUnreachable';
  }
}

/** HTTP client of a running service; obeys `Retry-After` and retries transient failures. */
export class EvergreenClient {
  private hasAnswered = false;

  constructor(
    private readonly url: string,
    private readonly apiKey: string | undefined,
    private readonly wait: (ms: number) => Promise<unknown> = delay,
  ) {}

  /**
   * @param body sent as JSON, or as form data
   * @param answers statuses that count as a result, besides success
   * @throws ServiceRefusal for an error response of the service, ServiceUnreachable without a response of it
   */
  async request<T>(method: string, path: string, body?: object, answers: readonly number[] = []): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.once<T>(method, path, body, answers);
      if ('answer' in outcome) return outcome.answer;
      const { error, pauseMs } = outcome;
      const isFull = error instanceof ServiceRefusal && error.status === 429;
      // A service that never answered is not running; one that did may be restarting.
      if (
        pauseMs === null ||
        attempt >= (isFull ? MAX_ATTEMPTS_FULL : MAX_ATTEMPTS_UNAVAILABLE) ||
        !this.hasAnswered
      )
        throw error;
      await this.wait(Math.min(pauseMs || 500 * 2 ** Math.min(attempt, 7), MAX_PAUSE_MS));
    }
  }

  /** @returns the response, or the error and the pause before the next attempt: null for no retry, 0 for the default pause */
  private async once<T>(
    method: string,
    path: string,
    body: object | undefined,
    answers: readonly number[],
  ): Promise<{ answer: T } | { error: Error; pauseMs: number | null }> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(path, this.url), {
        method,
        headers: {
          accept: 'application/json',
          ...(body !== undefined && !(body instanceof FormData) && { 'content-type': 'application/json' }),
          ...(this.apiKey !== undefined && { authorization: `Bearer ${this.apiKey}` }),
        },
        body: body === undefined || body instanceof FormData ? body : JSON.stringify(body),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      text = await response.text();
    } catch (error) {
      const { cause, message } = error as Error;
      const { code } = (cause ?? {}) as NodeJS.ErrnoException;
      const why = new ServiceUnreachable(`${this.url} cannot be reached (${code ?? message}).`, {
        cause: error,
      });
      return { error: why, pauseMs: 0 };
    }
    const parsed = parsedJson(text);
    if ((response.ok || answers.includes(response.status)) && parsed !== undefined) {
      this.hasAnswered = true;
      return { answer: parsed as T };
    }
    const reported = (parsed as { error?: { code?: string; message?: string } } | undefined)?.error;
    if (reported?.code === undefined) {
      // A proxy responds for an unavailable service.
      const isUnavailable = response.status >= 502 && response.status <= 504;
      const why = `${this.url} responded with ${response.status} and is not Evergreen.`;
      return { error: new ServiceUnreachable(why), pauseMs: isUnavailable ? 0 : null };
    }
    this.hasAnswered = true;
    const isTransient = response.status === 429 || response.status === 503;
    const pauseMs = isTransient ? Number(response.headers.get('retry-after') ?? 0) * 1000 : null;
    return { error: new ServiceRefusal(response.status, reported.code, reported.message ?? ''), pauseMs };
  }
}

function parsedJson(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
