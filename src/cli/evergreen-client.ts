import { setTimeout as delay } from 'node:timers/promises';

/** Longest pause that the service may ask for. */
const MAX_PAUSE_MS = 60_000;
/** Tries while the service says that it is full: it empties, but that may take a while. */
const MAX_TRIES_FULL = 200;
/** Tries while something that the service needs is away, or nobody listens any more. */
const MAX_TRIES_AWAY = 6;
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

/** Nobody answers, or something else than the service does. */
export class ServiceUnreachable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ServiceUnreachable';
  }
}

/** Talks to a running service; waits where it says so, and tries again where that may help. */
export class EvergreenClient {
  private hasAnswered = false;

  constructor(
    private readonly url: string,
    private readonly apiKey: string | undefined,
    private readonly wait: (ms: number) => Promise<unknown> = delay,
  ) {}

  /**
   * @param body sent as JSON, or as it is if it is a form
   * @param answers statuses that are an answer besides those of success
   * @throws ServiceRefusal for an error of the service, ServiceUnreachable where there is none
   */
  async request<T>(method: string, path: string, body?: object, answers: readonly number[] = []): Promise<T> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.once<T>(method, path, body, answers);
      if ('answer' in outcome) return outcome.answer;
      const { error, pauseMs } = outcome;
      const isFull = error instanceof ServiceRefusal && error.status === 429;
      // A service that never answered is not there; one that did may be starting again.
      if (pauseMs === null || tries >= (isFull ? MAX_TRIES_FULL : MAX_TRIES_AWAY) || !this.hasAnswered)
        throw error;
      await this.wait(Math.min(pauseMs || 500 * 2 ** Math.min(tries, 7), MAX_PAUSE_MS));
    }
  }

  /** @returns what came, or what went wrong and the pause before the next try: null for none, 0 for as it seems fit */
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
    const told = (parsed as { error?: { code?: string; message?: string } } | undefined)?.error;
    if (told?.code === undefined) {
      // A proxy speaks for a service that is away.
      const isAway = response.status >= 502 && response.status <= 504;
      const why = `${this.url} answers ${response.status}, and not as Evergreen does.`;
      return { error: new ServiceUnreachable(why), pauseMs: isAway ? 0 : null };
    }
    this.hasAnswered = true;
    const isTransient = response.status === 429 || response.status === 503;
    const pauseMs = isTransient ? Number(response.headers.get('retry-after') ?? 0) * 1000 : null;
    return { error: new ServiceRefusal(response.status, told.code, told.message ?? ''), pauseMs };
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
