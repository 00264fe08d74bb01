import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { wordHashEmbedding } from './word-hash-embedding';

export type Endpoint = 'embeddings' | 'chat';

/** A request as it arrived. */
export interface ReceivedRequest {
  endpoint: Endpoint;
  /** On the clock of `performance.now()`. */
  atMs: number;
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
  /** Streams so many words of a text, then nothing more until `release()`. */
  | { kind: 'stall-stream'; text: string; words: number }
  /** Streams a word and pauses so long, again and again. */
  | { kind: 'drip'; everyMs: number }
  /** Streams one event that is no JSON. */
  | { kind: 'malformed-stream' }
  /** Status 200 and a page as a proxy in between would send it. */
  | { kind: 'html' }
  /** Cuts the connection instead of answering. */
  | { kind: 'disconnect' }
  /** Status 200 and a body that is no JSON. */
  | { kind: 'malformed' }
  /** Status 200 and this JSON, whatever was asked. */
  | { kind: 'json'; body: unknown };

export interface FakeOpenAiServerOptions {
  /** Length of embeddings if the request does not say; default 256. */
  dimensions?: number;
  /** Makes the embeddings; default {@link wordHashEmbedding}. */
  embed?: (texts: readonly string[]) => Promise<readonly ArrayLike<number>[]>;
  /** If set, requests without this bearer token get 401. */
  apiKey?: string;
  /** The default answer of the chat endpoint; its default cites the first source, see {@link citingAnswer}. */
  answer?: (messages: { role: string; content: string }[]) => string;
  /** How it meters; default a token per word. */
  countTokens?: (text: string) => number;
  /** Tokens that a message costs beside its content; default 0. */
  tokensPerMessage?: number;
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
  private stalled: (() => void)[] = [];
  /** Tokens of prompts that it began to answer, and of all that it sent. */
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
    this.release();
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
    this.requests.push({ endpoint, atMs: performance.now(), authorization, body });
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
        if (endpoint === 'embeddings') return sendJson(response, await this.embeddings(body));
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
      case 'cut-stream':
        this.streamWords(body, behaviour, response);
        setImmediate(() => response.destroy());
        return;
      case 'stall-stream':
        this.streamWords(body, behaviour, response);
        await new Promise<void>((resolve) => this.stalled.push(resolve));
        if (!response.destroyed) this.streamRest(body, behaviour, response);
        return;
      case 'drip':
        this.metered.prompt += this.promptTokens(body.messages ?? []);
        while (!response.destroyed) {
          this.metered.completion += this.count('drip ');
          writeEvent(response, chunk('fake', { content: 'drip ' }));
          await new Promise((resolve) => setTimeout(resolve, behaviour.everyMs));
        }
        return;
      case 'malformed-stream':
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"choices": [\n\n');
        return;
      case 'html':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please sign in.</html>');
        return;
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

  private async embeddings({
    model,
    input = [],
    dimensions,
    encoding_format,
  }: ReceivedRequest['body']): Promise<object> {
    const texts = typeof input === 'string' ? [input] : input;
    const length = dimensions ?? this.options.dimensions ?? 256;
    const tokens = texts.reduce((sum, text) => sum + countWords(text), 0);
    this.metered.prompt += tokens;
    const vectors =
      (await this.options.embed?.(texts)) ?? texts.map((text) => wordHashEmbedding(text, length));
    const data = vectors.map((vector, index) => {
      const base64 = () => Buffer.from(Float32Array.from(vector).buffer).toString('base64');
      const embedding = encoding_format === 'base64' ? base64() : Array.from(vector);
      return { object: 'embedding', index, embedding };
    });
    // The order is not promised by the API; who relies on it shall fail here.
    return { object: 'list', model, data: data.reverse(), usage: usageOf(tokens, 0) };
  }

  /** Lets all stalled streams go on. */
  release(): void {
    for (const resume of this.stalled.splice(0)) resume();
  }

  /** Meters what it sends, and no more. */
  private streamWords(
    { model, messages = [] }: ReceivedRequest['body'],
    { text, words }: { text: string; words: number },
    response: ServerResponse,
  ): void {
    const sent = wordsOf(text).slice(0, words);
    this.metered.prompt += this.promptTokens(messages);
    this.metered.completion += this.count(sent.join(''));
    writeEvent(response, chunk(model, { role: 'assistant', content: '' }));
    for (const content of sent) writeEvent(response, chunk(model, { content }));
  }

  private streamRest(
    { model, messages = [] }: ReceivedRequest['body'],
    { text, words }: { text: string; words: number },
    response: ServerResponse,
  ): void {
    const all = wordsOf(text);
    this.metered.completion += this.count(text) - this.count(all.slice(0, words).join(''));
    for (const content of all.slice(words)) writeEvent(response, chunk(model, { content }));
    const usage = usageOf(this.promptTokens(messages), this.count(text));
    sendEvents(response, [chunk(model, {}, 'stop'), { ...chunk(model, {}), choices: [], usage }]);
  }

  private promptTokens(messages: { content: string }[]): number {
    const { tokensPerMessage = 0 } = this.options;
    return messages.reduce((sum, { content }) => sum + tokensPerMessage + this.count(content), 0);
  }

  private count(text: string): number {
    return (this.options.countTokens ?? countWords)(text);
  }

  private completion(
    { model, messages = [] }: ReceivedRequest['body'],
    { text, finishReason = 'stop', usage = true }: Behaviour & { kind: 'answer' },
  ): ChatCompletionBody {
    const content = text ?? (this.options.answer ?? citingAnswer)(messages);
    const promptTokens = this.promptTokens(messages);
    const completionTokens = this.count(content);
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
function chunksOf({ model, choices, usage }: ChatCompletionBody): object[] {
  const [{ message, finish_reason }] = choices;
  return [
    chunk(model, { role: 'assistant', content: '' }),
    ...wordsOf(message.content).map((content) => chunk(model, { content })),
    chunk(model, {}, finish_reason),
    ...(usage ? [{ ...chunk(model, {}), choices: [], usage }] : []),
  ];
}

function chunk(model: string, delta: object, reason: string | null = null) {
  return {
    id: 'chatcmpl-fake',
    object: 'chat.completion.chunk',
    created: 0,
    model,
    choices: [{ index: 0, delta, finish_reason: reason }],
  };
}

function wordsOf(text: string): string[] {
  return text.match(/\S+\s*/g) ?? [];
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
