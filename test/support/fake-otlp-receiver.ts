import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A span as OTLP sends it in JSON; ids are hexadecimal. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  scope: string;
  attributes: Record<string, string | number>;
}

interface TraceBody {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      scope: { name: string };
      spans: (Omit<ReceivedSpan, 'scope' | 'attributes'> & { attributes: Attribute[] })[];
    }[];
  }[];
}

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number };
}

const toRecord = (attributes: Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? '']));

/** A receiver of traces (OTLP over HTTP, JSON) on loopback that remembers what it got. */
export class FakeOtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly resources: Record<string, string | number>[] = [];
  readonly headers: Record<string, string | string[] | undefined>[] = [];
  url = '';

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeOtlpReceiver> {
    const server = createServer();
    const receiver = new FakeOtlpReceiver(server);
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts);
        receiver.headers.push(request.headers);
        const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        if (request.url === '/v1/traces') receiver.take(JSON.parse(text.toString()) as TraceBody);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return receiver;
  }

  /** Spans of a trace. */
  trace(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private take({ resourceSpans }: TraceBody): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      this.resources.push(toRecord(resource.attributes));
      for (const { scope, spans } of scopeSpans)
        for (const { attributes, ...span } of spans)
          this.spans.push({ ...span, scope: scope.name, attributes: toRecord(attributes) });
    }
  }
}
