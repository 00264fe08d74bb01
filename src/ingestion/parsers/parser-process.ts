import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workerEntry } from '../../common/worker-entry';
import type { ParseOutcome, ParseTask } from './parse.process';
import { limitExceeded } from './parsed-document';

/** What a process may take beyond its objects: code, stacks, and the buffers of what is parsed. */
const BEYOND_HEAP_MB = 512;
const MEMORY_POLL_MS = 200;
const PAGE_BYTES = 4096;

/**
 * A process that parses one document at a time. A thread would not do: one that reaches its memory limit can take the
 * whole service with it (decision 7), and its buffers are not counted.
 */
export class ParserProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;

  /** @param heapMb most memory for objects; buffers may take {@link BEYOND_HEAP_MB} beside them */
  constructor(private readonly heapMb: number) {
    const { filename, execArgv } = workerEntry(join(__dirname, 'parse.process'));
    this.child = fork(filename, {
      execArgv: [...execArgv, `--max-old-space-size=${heapMb}`],
      serialization: 'advanced',
      // Nothing of what the service knows, keys above all, is near what a document could take over.
      env: { PATH: process.env.PATH },
      // Libraries complain of documents there, and a process that ends for memory of itself.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.ended = new Promise((resolve) => this.child.once('exit', () => resolve()));
    this.child.on('error', () => undefined);
  }

  /** Whether it can take a document. */
  get isAlive(): boolean {
    const { connected, killed, exitCode, signalCode } = this.child;
    return connected && !killed && exitCode === null && signalCode === null;
  }

  /**
   * @throws AppError `DOCUMENT_LIMIT_EXCEEDED` for memory; the signal's reason if it aborts; Error if the process is ended
   *   by something else. After any of these it is not alive.
   */
  parse(task: ParseTask, signal: AbortSignal): Promise<ParseOutcome> {
    return new Promise((resolve, reject) => {
      const tooMuch = () => limitExceeded(`Parsing takes more than ${this.heapMb} MB of memory.`);
      const poll = setInterval(() => {
        if (residentMb(this.child.pid) > this.heapMb + BEYOND_HEAP_MB) fail(tooMuch());
      }, MEMORY_POLL_MS);
      const settle = () => {
        clearInterval(poll);
        signal.removeEventListener('abort', onAbort);
        this.child.off('message', onMessage);
        this.child.off('exit', onExit);
      };
      const fail = (error: unknown) => {
        settle();
        this.child.kill('SIGKILL');
        reject(error as Error);
      };
      const onAbort = () => fail(signal.reason);
      const onMessage = (outcome: unknown) => {
        settle();
        resolve(outcome as ParseOutcome);
      };
      const onExit = (code: number | null, by: NodeJS.Signals | null) =>
        // Node aborts where objects do not fit.
        fail(by === 'SIGABRT' || code === 134 ? tooMuch() : new Error(`a parser ended: ${by ?? code}`));
      if (signal.aborted) return void fail(signal.reason);
      signal.addEventListener('abort', onAbort);
      this.child.once('message', onMessage);
      this.child.once('exit', onExit);
      // An error means that it is ending, and its end says more.
      this.child.send(task, () => undefined);
    });
  }

  /** Ends it, whatever it does. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** Memory of a process, where the system tells; else 0, and the limits on objects and single buffers have to do. */
function residentMb(pid: number | undefined): number {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return (Number(pages) * PAGE_BYTES) / 1_048_576;
  } catch {
    return 0;
  }
}
