import OpenAI from 'openai';

/** Where an OpenAI-compatible server is. */
export interface OpenAiServer {
  /** E.g. `https://api.openai.com/v1`, the default. */
  baseUrl?: string;
  /** Sent as a bearer token; servers without keys get none. */
  apiKey?: string;
  /** Milliseconds after which one try is given up. */
  timeoutMs: number;
}

/** A client that tries once: the package's own retries obey a `Retry-After` of an hour. */
export function openAiClient({ baseUrl, apiKey, timeoutMs }: OpenAiServer): OpenAI {
  return new OpenAI({
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
    // The package knows its own time limit by this message; a caller's abort is recognised before that.
    if (init?.signal?.aborted) throw new Error('timed out', { cause });
    throw cause;
  }
}
