import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workerEntry } from '../../common/worker-entry';
import type { ParseOutcome, ParseTask } from './parse.process';
import { limitExceeded } from './parsed-document';

/** Memory that a process may use outside its heap: code, stacks, and the buffers of what is parsed. */
const BEYOND_HEAP_MB = 512;
const MEMORY_POLL_MS = 200;
const PAGE_BYTES = 4096;

/**
 * A process that parses one document at a time. A thread is not enough: one that reaches its memory limit can crash
 * the whole service (decision 7), and its buffers are not counted.
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
      // A document that takes over the parser finds no secrets in its environment.
      env: { PATH: process.env.PATH },
      // Libraries print warnings about documents, and Node its heap when it runs out of memory.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.ended = new Promise((resolve) => this.child.once('exit', () => resolve()));
    this.child.on('error', () => undefined);
  }

  /** Whether it can parse a document. */
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
        // Node aborts when the heap is full.
        fail(by === 'SIGABRT' || code === 134 ? tooMuch() : new Error(`a parser ended: ${by ?? code}`));
      if (signal.aborted) return void fail(signal.reason);
      signal.addEventListener('abort', onAbort);
      this.child.once('message', onMessage);
      this.child.once('exit', onExit);
      // On an error the process is exiting, and `exit` has the reason.
      this.child.send(task, () => undefined);
    });
  }

  /** Kills the process. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** Resident memory of a process on Linux; elsewhere 0, where only the limits on heap and single buffers apply. */
function residentMb(pid: number | undefined): number {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return (Number(pages) * PAGE_BYTES) / 1_048_576;
  } catch {
    return 0;
  }
}
