import { connect, type Socket } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');

/** A response: the status and the raw body. */
export interface HttpReply {
  status: number;
  body: Buffer;
}

/**
 * A keep-alive HTTP/1.1 connection for one request at a time. Minimal, because the client shares two cores with the server that it
 * measures: it understands only responses with a content length.
 */
export class HttpConnection {
  private received: Buffer = Buffer.alloc(0);
  private closed = false;
  private waiting: { resolve: (reply: HttpReply) => void; reject: (error: Error) => void } | null = null;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (data) => this.read(data));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => {
      this.closed = true;
      this.fail(new Error('the server closed the connection'));
    });
  }

  /** Whether it is open: a server closes idle connections. */
  get isOpen(): boolean {
    return !this.closed;
  }

  static open(url: URL): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(url.port), url.hostname);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new HttpConnection(socket));
      });
    });
  }

  /** @param request made by {@link httpRequest}; the previous request must have ended */
  send(request: Buffer): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.waiting = null;
    this.socket.destroy();
  }

  private read(data: Buffer): void {
    this.received = this.received.length === 0 ? data : Buffer.concat([this.received, data]);
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.received.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: (\d+)/i.exec(head);
    if (!length) return this.fail(new Error(`a reply without a length: ${head}`));
    const start = headEnd + HEAD_END.length;
    const end = start + Number(length[1]);
    if (this.received.length < end) return;
    const body = this.received.subarray(start, end);
    this.received = this.received.subarray(end);
    const { waiting } = this;
    this.waiting = null;
    waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = null;
  }
}

/** A request as bytes: GET, or POST of a JSON body. */
export function httpRequest(url: URL, path: string, body: string | null): Buffer {
  const head = [`${body === null ? 'GET' : 'POST'} ${path} HTTP/1.1`, `host: ${url.host}`];
  if (body !== null)
    head.push('content-type: application/json', `content-length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body ?? ''}`);
}
