import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export interface RerankRequest {
  path: string | undefined;
  authorization: string | undefined;
  body: {
    model?: string;
    query: string;
    documents?: string[];
    top_n?: number;
    texts?: string[];
    truncate?: boolean;
  };
}

/** What the server does with a request: a regular answer, or one of its faults. */
export type RerankBehaviour =
  | { kind: 'answer' }
  | { kind: 'status'; status: number }
  /** Status 200 and this text. */
  | { kind: 'text'; body: string }
  /** Takes the request and never answers. */
  | { kind: 'hang' }
  /** Status 200 and half a body, then nothing. */
  | { kind: 'hang-in-body' }
  | { kind: 'disconnect' };

/**
 * A reranker on loopback, over real HTTP: `/v1/rerank` as Cohere and Jina speak it, `/rerank` as TEI does. A document
 * scores the share of the question's words that it holds; the answers list the best first.
 */
export class FakeRerankServer {
  /** What arrived since the start or the last reset, in order. */
  received: RerankRequest[] = [];
  /** How all requests are treated. */
  behaviour: RerankBehaviour = { kind: 'answer' };
  /** How documents are scored, if not by their words. */
  scoreOf = wordShare;
  /** Address without a path. */
  url = '';

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeRerankServer> {
    const server = createServer();
    const fake = new FakeRerankServer(server);
    server.on('request', (request, response) => {
      fake.handle(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return fake;
  }

  /** Forgets what arrived; answers regularly. */
  reset(): void {
    this.received = [];
    this.behaviour = { kind: 'answer' };
    this.scoreOf = wordShare;
  }

  /** Cuts all connections, hung ones too. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as RerankRequest['body'];
    this.received.push({ path: request.url, authorization: request.headers.authorization, body });
    const { behaviour } = this;
    const json = { 'content-type': 'application/json' };
    switch (behaviour.kind) {
      case 'answer':
        response.writeHead(200, json).end(JSON.stringify(this.answerTo(request.url, body)));
        return;
      case 'status':
        response.writeHead(behaviour.status, json).end('{"message":"scripted failure"}');
        return;
      case 'text':
        response.writeHead(200, json).end(behaviour.body);
        return;
      case 'hang-in-body':
        response.writeHead(200, json).write('{"results": [');
        return;
      case 'disconnect':
        response.destroy();
        return;
      case 'hang':
        return;
    }
  }

  private answerTo(
    path: string | undefined,
    { query, documents, top_n, texts }: RerankRequest['body'],
  ): object {
    const ranked = (documents ?? texts ?? [])
      .map((text, index) => ({ index, score: this.scoreOf(query, text) }))
      .sort((a, b) => b.score - a.score);
    if (path === '/rerank') return ranked;
    const results = ranked.map(({ index, score }) => ({ index, relevance_score: score }));
    return { id: 'fake', results: results.slice(0, top_n) };
  }
}

function wordShare(query: string, text: string): number {
  const words = new Set(text.toLowerCase().match(/\w+/g));
  const asked = query.toLowerCase().match(/\w+/g) ?? [];
  return asked.filter((word) => words.has(word)).length / Math.max(1, asked.length);
}
