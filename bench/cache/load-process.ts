import { HttpConnection, httpRequest, type HttpReply } from './http-connection';
import type { LoadOrder, LoadResult } from './load-generator';

/** Maximum of connections. Requests that are due wait for one, and the wait counts as latency. */
const MAX_CONNECTIONS = 128;
/** With more unanswered requests, the server does not keep up: the run ends. */
const HOPELESS = 512;
const LAYER = /"layer":"(\w+)"/;
const NO_TOKENS = /"prompt_tokens":0,/;

/** A process that sends requests and measures latencies; controlled by messages. */
class LoadProcess {
  private readonly idle: HttpConnection[] = [];
  private open = 0;
  private readonly waiting: ((connection: HttpConnection) => void)[] = [];

  constructor(private readonly url: URL) {}

  async carryOut(order: LoadOrder): Promise<LoadResult> {
    const requests = order.bodies
      ? order.bodies.map((body) => httpRequest(this.url, order.path, body))
      : [httpRequest(this.url, order.path, null)];
    const { sequence } = order;
    const result: LoadResult = { latenciesMs: {}, dueMs: {}, seconds: 0, failed: 0 };
    const startedMs = performance.now();
    const one = async (n: number, dueMs: number) => {
      const connection = await this.take();
      const which = sequence ? sequence[n % sequence.length] : n;
      const reply = await connection.send(requests[which % requests.length]);
      const ms = performance.now() - dueMs;
      this.giveBack(connection);
      note(result, reply, ms, dueMs - startedMs);
    };
    if ('perSecond' in order.pace) await this.steadily(order.pace, one);
    else await this.asFastAs(order.pace.clients, order.pace.seconds, order.pace.count ?? Infinity, one);
    result.seconds = (performance.now() - startedMs) / 1000;
    return result;
  }

  /** Sends each request when it is due, whether or not earlier ones were answered; latency is measured from then. */
  private async steadily({ perSecond, count, hopeless = HOPELESS }: SteadyPace, one: Send): Promise<void> {
    const startedMs = performance.now();
    const all: Promise<void>[] = [];
    let unanswered = 0;
    while (all.length < count && unanswered < hopeless) {
      const dueMs = startedMs + (all.length * 1000) / perSecond;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.ceil(waitMs)));
      else {
        unanswered++;
        all.push(one(all.length, dueMs).finally(() => unanswered--));
      }
    }
    await Promise.all(all);
  }

  /** Each client sends its next request when the previous one is answered. */
  private async asFastAs(clients: number, seconds: number, count: number, one: Send): Promise<void> {
    const untilMs = performance.now() + seconds * 1000;
    let begun = 0;
    const client = async () => {
      while (begun < count && performance.now() < untilMs) await one(begun++, performance.now());
    };
    await Promise.all(Array.from({ length: clients }, client));
  }

  private async take(): Promise<HttpConnection> {
    for (let connection = this.idle.pop(); connection; connection = this.idle.pop()) {
      if (connection.isOpen) return connection;
      this.open--;
    }
    if (this.open >= MAX_CONNECTIONS) return new Promise((resolve) => this.waiting.push(resolve));
    this.open++;
    return HttpConnection.open(this.url);
  }

  private giveBack(connection: HttpConnection): void {
    const next = this.waiting.shift();
    if (next) next(connection);
    else this.idle.push(connection);
  }
}

type Send = (n: number, dueMs: number) => Promise<void>;

type SteadyPace = Extract<LoadOrder['pace'], { perSecond: number }>;

function note(result: LoadResult, { status, body }: HttpReply, ms: number, dueMs: number): void {
  if (status !== 200) {
    result.failed++;
    return;
  }
  const layer = layerOf(body.toString('latin1'));
  (result.latenciesMs[layer] ??= []).push(ms);
  (result.dueMs[layer] ??= []).push(dueMs);
}

function layerOf(reply: string): string {
  const layer = LAYER.exec(reply)?.[1] ?? 'constant';
  return layer === 'none' && NO_TOKENS.test(reply) ? 'joined' : layer;
}

const load = new LoadProcess(new URL(process.argv[2]));
process.on('message', (order: LoadOrder) => {
  load.carryOut(order).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
