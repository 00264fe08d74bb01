import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What to send, and how. */
export interface LoadOrder {
  path: string;
  /** JSON bodies to POST, one after the other and over again; null: GET. */
  bodies: string[] | null;
  /** Which of the bodies is sent when, by their position; absent: in their order. */
  sequence?: number[];
  /**
   * So many per second, answered or not, until `hopeless` of them (default 512) are unanswered; or as fast as so many
   * clients can, until the time or the count is over.
   */
  pace:
    | { perSecond: number; count: number; hopeless?: number }
    | { clients: number; seconds: number; count?: number };
}

/** What came of it. */
export interface LoadResult {
  /**
   * Of every request that was answered, by the cache layer that did (`joined`: none, but the question was being answered
   * for somebody else; `constant`: no such answer); at a steady pace from the moment that it was due.
   */
  latenciesMs: Record<string, number[]>;
  /** When each of them was due, in ms since the start. */
  dueMs: Record<string, number[]>;
  seconds: number;
  /** Answers with another status than 200. */
  failed: number;
}

/** The clients of a service, in a process of their own. */
export class LoadGenerator {
  private readonly child: ChildProcess;
  private readonly ended: Promise<[{ error: string }]>;

  constructor(serviceUrl: string) {
    this.child = fork(join(__dirname, 'load-process.ts'), [serviceUrl]);
    this.ended = once(this.child, 'exit').then(() => [{ error: 'its process ended' }]);
  }

  /** @throws Error if a connection broke or a reply was not understood */
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
