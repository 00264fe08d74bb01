import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { AppError } from './app-error';

export interface EventStreamOptions {
  /** The event that tells of an error once the stream has begun. */
  errorFrame: (error: AppError) => string;
  /** Silence in milliseconds after which a comment keeps proxies from closing the connection; default 10,000. */
  keepAliveMs?: number;
  /** A client that takes nothing for so many milliseconds is given up; default 30,000. */
  stallMs?: number;
}

/** Text that is not sent yet; more may be added to it. */
interface WaitingText {
  text: string;
  frameOf: (text: string) => string;
}

const KEEP_ALIVE_MS = 10_000;
const STALL_MS = 30_000;
const KEEP_ALIVE = ': keep-alive\n\n';

/**
 * A response of server-sent events. It begins with its first frame: until then the request can fail like any other, with
 * a status. A client that reads slowly gets fewer, longer pieces of text: what waits for it is never more than the text
 * itself.
 */
export class EventStream {
  private static readonly streams = new WeakMap<FastifyReply, EventStream>();

  private readonly waiting: (string | WaitingText)[] = [];
  private readonly silence: NodeJS.Timeout;
  private stall: NodeJS.Timeout | undefined;
  private begun = false;
  private ended = false;

  constructor(
    private readonly reply: FastifyReply,
    private readonly options: EventStreamOptions,
  ) {
    EventStream.streams.set(reply, this);
    const { raw } = reply;
    this.silence = setInterval(() => this.keepAlive(), options.keepAliveMs ?? KEEP_ALIVE_MS);
    raw.once('close', () => this.close());
    raw.on('drain', () => this.flush());
    // The end of the connection is told by `close`.
    raw.on('error', () => undefined);
  }

  /** Ends a stream that has begun with an error. @returns false if none has: then the error is answered as usual */
  static fail(reply: FastifyReply, error: AppError): boolean {
    const stream = EventStream.streams.get(reply);
    stream?.stopWaiting();
    if (!stream?.begun) return false;
    stream.send(stream.options.errorFrame(error));
    stream.end();
    return true;
  }

  /** Sends one or more whole events. */
  send(frame: string): void {
    this.waiting.push(frame);
    this.flush();
  }

  /** Sends text as one event, or as a part of a longer one. */
  sendText(text: string, frameOf: (text: string) => string): void {
    const last = this.waiting.at(-1);
    if (typeof last === 'object') last.text += text;
    else this.waiting.push({ text, frameOf });
    this.flush();
  }

  /** Ends the response once everything is sent. */
  end(): void {
    this.ended = true;
    this.flush();
  }

  private flush(): void {
    const { raw } = this.reply;
    if (raw.destroyed) return;
    if (!this.begun) this.begin();
    this.taken();
    while (this.waiting.length > 0) {
      if (raw.writableNeedDrain) return this.wait();
      const next = this.waiting.shift() as string | WaitingText;
      raw.write(typeof next === 'string' ? next : next.frameOf(next.text));
      this.silence.refresh();
    }
    if (!this.ended) return;
    this.stopWaiting();
    raw.end();
  }

  private begin(): void {
    this.begun = true;
    this.reply.hijack();
    this.reply.raw.writeHead(200, {
      // Those that hooks have set: request id, rate limits.
      ...(this.reply.getHeaders() as OutgoingHttpHeaders),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      // For nginx, which would wait for the whole answer.
      'x-accel-buffering': 'no',
    });
  }

  private wait(): void {
    this.stall ??= setTimeout(() => this.reply.raw.destroy(), this.options.stallMs ?? STALL_MS);
  }

  private taken(): void {
    if (this.reply.raw.writableNeedDrain) return;
    clearTimeout(this.stall);
    this.stall = undefined;
  }

  private keepAlive(): void {
    if (this.waiting.length === 0 && !this.reply.raw.writableNeedDrain) this.send(KEEP_ALIVE);
  }

  private stopWaiting(): void {
    clearInterval(this.silence);
  }

  private close(): void {
    this.stopWaiting();
    clearTimeout(this.stall);
    this.waiting.length = 0;
  }
}

/** One event as it stands in the stream. @param name left out: an event without a name, as OpenAI sends them */
export function eventFrame(data: unknown, name?: string): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}
