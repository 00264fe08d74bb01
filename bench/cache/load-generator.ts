import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The requests to send. */
export interface LoadOrder {
  path: string;
  /** JSON bodies to POST, cyclically; null: GET. */
  bodies: string[] | null;
  /** Positions of the bodies to send; absent: in order. */
  sequence?: number[];
  /**
   * Either a constant rate per second, until `hopeless` requests (default 512) are unanswered, or as fast as a number of clients
   * can, until the time or the count is over.
   */
  pace:
    | { perSecond: number; count: number; hopeless?: number }
    | { clients: number; seconds: number; count?: number };
}

/** The measured latencies. */
export interface LoadResult {
  /**
   * Milliseconds of every answered request, by cache layer (`joined`: a miss that shared the answer of a concurrent request;
   * `constant`: not a question). At a constant rate they are measured from the time at which the request was due.
   */
  latenciesMs: Record<string, number[]>;
  /** Time at which each of them was due, in ms since the start. */
  dueMs: Record<string, number[]>;
  seconds: number;
  /** Responses with another status than 200. */
  failed: number;
}

/** The clients of a service, in a separate process. */
export class LoadGenerator {
  private readonly child: ChildProcess;
  private readonly ended: Promise<[{ error: string }]>;

  constructor(serviceUrl: string) {
    this.child = fork(join(__dirname, 'load-process.ts'), [serviceUrl]);
    this.ended = once(this.child, 'exit').then(() => [{ error: 'its process ended' }]);
  }

  /** @throws Error if a connection broke or a response was not understood */
  async run(order: LoadOrder): Promise<LoadResult> {
    this.child.send(order);
    const [reply] = (await Promise.race([once(this.child, 'message'), this.ended])) as [
      { result: LoadResult } | { error: string },
    ];
    if ('error' in reply) throw new Error(`load generator: ${reply.error}`);
    return reply.result;
  }

  close(): void {
    if (this.child.connected) this.child.disconnect();
  }
}
