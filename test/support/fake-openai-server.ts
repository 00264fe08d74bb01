import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { wordHashEmbedding } from './word-hash-embedding';

export type Endpoint = 'embeddings' | 'chat';

/** A request as it arrived. */
export interface ReceivedRequest {
  endpoint: Endpoint;
  authorization: string | undefined;
  body: {
    model: string;
    input?: string | string[];
    dimensions?: number;
    encoding_format?: string;
    messages?: { role: string; content: string }[];
    max_tokens?: number;
    max_completion_tokens?: number;
    temperature?: number;
    stream?: boolean;
  };
}

/** What the server does with one request. */
export type Behaviour =
  /** The regular answer. For chat, `text` and `finishReason` replace the default; `usage: false` leaves it out. */
  | { kind: 'answer'; text?: string; finishReason?: string; usage?: boolean; delayMs?: number }
  /** An error in OpenAI's shape, e.g. 429 with `{'retry-after': '2'}`. */
  | { kind: 'status'; status: number; headers?: Record<string, string>; message?: string; code?: string }
  /** Accepts the request and never answers. */
  | { kind: 'hang' }
  /** Sends status 200 and half a body, then nothing. */
  | { kind: 'hang-in-body' }
  /** Streams so many words of a text, then cuts the connection. */
  | { kind: 'cut-stream'; text: string; words: number }
  /** Cuts the connection instead of answering. */
  | { kind: 'disconnect' }
  /** Status 200 and a body that is no JSON. */
  | { kind: 'malformed' }
  /** Status 200 and this JSON, whatever was asked. */
  | { kind: 'json'; body: unknown };

export interface FakeOpenAiServerOptions {
  /** Length of embeddings if the request does not say; default 256. */
  dimensions?: number;
  /** If set, requests without this bearer token get 401. */
  apiKey?: string;
  /** The default answer of the chat endpoint; its default cites the first source, see {@link citingAnswer}. */
  answer?: (messages: { role: string; content: string }[]) => string;
}

/**
 * An OpenAI-compatible server on loopback, over real HTTP: `/v1/embeddings`, `/v1/chat/completions` (also as a
 * stream of events) and `/v1/models`. It answers deterministically, misbehaves as scripted, counts a token per word,
 * and remembers what it received:
 *
 * ```ts
 * const server = await FakeOpenAiServer.start();
 * server.script('chat', { kind: 'status', status: 500 }); // the next request fails, later ones do not
 * server.always('embeddings', { kind: 'hang' });          // until reset()
 * … new ChatModel({ baseUrl: server.url, timeoutMs: 1000 }) …
 * expect(server.received('chat')).toHaveLength(2);
 * await server.close();
 * ```
 */
export class FakeOpenAiServer {
  private requests: ReceivedRequest[] = [];
  private readonly scripts: Record<Endpoint, Behaviour[]> = { embeddings: [], chat: [] };
  private readonly defaults: Record<Endpoint, Behaviour> = {
    embeddings: { kind: 'answer' },
    chat: { kind: 'answer' },
  };
  /** Base URL for clients, ends in `/v1`. */
  url = '';
  /** Requests that were given up by the client before an answer. */
  abandoned = 0;
  /** Tokens metered in all regular answers. */
  readonly metered = { prompt: 0, completion: 0 };

  private constructor(
    private readonly server: Server,
    private readonly options: FakeOpenAiServerOptions,
  ) {}

  static async start(options: FakeOpenAiServerOptions = {}): Promise<FakeOpenAiServer> {
    const server = createServer();
    const fake = new FakeOpenAiServer(server, options);
    server.on('request', (request, response) => {
      fake.handle(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    return fake;
  }

  /** The next requests to the endpoint are treated so, one by one; later ones by default again. */
  script(endpoint: Endpoint, ...behaviours: Behaviour[]): void {
    this.scripts[endpoint].push(...behaviours);
  }

  /** All requests to the endpoint that have no script are treated so. */
  always(endpoint: Endpoint, behaviour: Behaviour): void {
    this.defaults[endpoint] = behaviour;
  }

  /** What arrived at an endpoint since the start or the last reset, in order. */
  received(endpoint: Endpoint): ReceivedRequest[] {
    return this.requests.filter((request) => request.endpoint === endpoint);
  }

  /** Forgets scripts and requests; every endpoint answers regularly. */
  reset(): void {
    this.requests = [];
    this.abandoned = 0;
    this.metered.prompt = 0;
    this.metered.completion = 0;
    for (const endpoint of ['embeddings', 'chat'] as const) {
      this.scripts[endpoint].length = 0;
      this.defaults[endpoint] = { kind: 'answer' };
    }
  }

  /** Cuts all connections, hung ones too. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('close', () => {
      if (!response.writableFinished) this.abandoned++;
    });
    const { authorization } = request.headers;
    if (this.options.apiKey && authorization !== `Bearer ${this.options.apiKey}`)
      return sendError(response, 401, `Incorrect API key provided: ${authorization}.`);
    if (request.url === '/v1/models') return sendJson(response, { object: 'list', data: [] });
    const endpoint = endpointOf(request.url);
    if (!endpoint) return sendError(response, 404, 'no such route');
    const body = JSON.parse(await readText(request)) as ReceivedRequest['body'];
    this.requests.push({ endpoint, authorization, body });
    await this.behave(this.scripts[endpoint].shift() ?? this.defaults[endpoint], endpoint, body, response);
  }

  private async behave(
    behaviour: Behaviour,
    endpoint: Endpoint,
    body: ReceivedRequest['body'],
    response: ServerResponse,
  ): Promise<void> {
    switch (behaviour.kind) {
      case 'answer':
        if (behaviour.delayMs) await new Promise((resolve) => setTimeout(resolve, behaviour.delayMs));
        if (endpoint === 'embeddings') return sendJson(response, this.embeddings(body));
        if (body.stream) return sendEvents(response, chunksOf(this.completion(body, behaviour)));
        return sendJson(response, this.completion(body, behaviour));
      case 'status':
        return sendError(
          response,
          behaviour.status,
          behaviour.message ?? 'scripted failure',
          behaviour.headers,
          behaviour.code,
        );
      case 'cut-stream': {
        const events = chunksOf(this.completion(body, { kind: 'answer', text: behaviour.text }));
        // The first of them only names the role.
        for (const event of events.slice(0, behaviour.words + 1)) writeEvent(response, event);
        setImmediate(() => response.destroy());
        return;
      }
      case 'json':
        return sendJson(response, behaviour.body);
      case 'malformed':
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"data": [');
        return;
      case 'hang-in-body':
        response.writeHead(200, { 'content-type': 'application/json' }).write('{"object": ');
        return;
      case 'disconnect':
        response.destroy();
        return;
      case 'hang':
        return;
    }
  }

  private embeddings({ model, input = [], dimensions, encoding_format }: ReceivedRequest['body']): object {
    const texts = typeof input === 'string' ? [input] : input;
    const length = dimensions ?? this.options.dimensions ?? 256;
    const tokens = texts.reduce((sum, text) => sum + countWords(text), 0);
    this.metered.prompt += tokens;
    const data = texts.map((text, index) => {
      const vector = wordHashEmbedding(text, length);
      const base64 = () => Buffer.from(Float32Array.from(vector).buffer).toString('base64');
      return { object: 'embedding', index, embedding: encoding_format === 'base64' ? base64() : vector };
    });
    // The order is not promised by the API; who relies on it shall fail here.
    return { object: 'list', model, data: data.reverse(), usage: usageOf(tokens, 0) };
  }

  private completion(
    { model, messages = [] }: ReceivedRequest['body'],
    { text, finishReason = 'stop', usage = true }: Behaviour & { kind: 'answer' },
  ): ChatCompletionBody {
    const content = text ?? (this.options.answer ?? citingAnswer)(messages);
    const promptTokens = messages.reduce((sum, message) => sum + countWords(message.content), 0);
    const completionTokens = countWords(content);
    this.metered.prompt += promptTokens;
    this.metered.completion += completionTokens;
    return {
      id: 'chatcmpl-fake',
      object: 'chat.completion',
      created: 0,
      model,
      choices: [{ index: 0, finish_reason: finishReason, message: { role: 'assistant', content } }],
      ...(usage && { usage: usageOf(promptTokens, completionTokens) }),
    };
  }
}

interface ChatCompletionBody {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: { index: number; finish_reason: string; message: { role: string; content: string } }[];
  usage?: ReturnType<typeof usageOf>;
}

/** The default chat answer: says which question it answers and cites the first source. */
export function citingAnswer(messages: { role: string; content: string }[]): string {
  const lines = (messages.at(-1)?.content ?? '').trim().split('\n');
  return `The sources answer "${lines[lines.length - 1].slice(0, 200)}" [1].`;
}

/** How the server meters: a token per word. */
export function countWords(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}

function usageOf(prompt: number, completion: number) {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function endpointOf(url: string | undefined): Endpoint | null {
  if (url === '/v1/embeddings') return 'embeddings';
  return url === '/v1/chat/completions' ? 'chat' : null;
}

/** A completion as OpenAI streams it: the role, a chunk per word, the end, and the usage. */
function chunksOf({ id, model, choices, usage }: ChatCompletionBody): object[] {
  const [{ message, finish_reason }] = choices;
  const chunk = (delta: object, reason: string | null = null) => ({
    id,
    object: 'chat.completion.chunk',
    created: 0,
    model,
    choices: [{ index: 0, delta, finish_reason: reason }],
  });
  const words = message.content.match(/\S+\s*/g) ?? [];
  return [
    chunk({ role: 'assistant', content: '' }),
    ...words.map((content) => chunk({ content })),
    chunk({}, finish_reason),
    ...(usage ? [{ ...chunk({}), choices: [], usage }] : []),
  ];
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendEvents(response: ServerResponse, events: object[]): void {
  for (const event of events) writeEvent(response, event);
  response.end('data: [DONE]\n\n');
}

function writeEvent(response: ServerResponse, event: object): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`data: ${JSON.stringify(event)}\n\n`);
}

function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
  code: string | null = null,
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ error: { message, type: 'fake', param: null, code } }));
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
