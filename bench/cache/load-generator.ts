import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What to send, and how. */
export interface LoadOrder {
  path: string;
  /** JSON bodies to POST, one after the other and over again; null: GET. */
  bodies: string[] | null;
  /** So many per second, answered or not; or as fast as so many clients can, until the time or the count is over. */
  pace: { perSecond: number; count: number } | { clients: number; seconds: number; count?: number };
}

/** What came of it. */
export interface LoadResult {
  /**
   * Of every request that was answered, by the cache layer that did (`constant`: no such answer); at a steady pace from
   * the moment that it was due.
   */
  latenciesMs: Record<string, number[]>;
  seconds: number;
  /** Answers with another status than 200. */
  failed: number;
}

/** The clients of a service, in a process of their own. */
export class LoadGenerator {
  private readonly child: ChildProcess;

  constructor(serviceUrl: string) {
    this.child = fork(join(__dirname, 'load-process.ts'), [serviceUrl]);
  }

  /** @throws Error if a connection broke or a reply was not understood */
  async run(order: LoadOrder): Promise<LoadResult> {
    this.child.send(order);
    const [reply] = (await once(this.child, 'message')) as [{ result: LoadResult } | { error: string }];
    if ('error' in reply) throw new Error(`load generator: ${reply.error}`);
    return reply.result;
  }

  close(): void {
    if (this.child.connected) this.child.disconnect();
  }
}
