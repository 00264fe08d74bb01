const STOPPED = 0;
const RUNNING = 1;

/**
 * Lets no thread end while it is inside ONNX Runtime: a thread terminated there takes the whole process with it
 * (`Napi::Error`, SIGABRT). Threads make their calls through {@link run}; who is about to end them calls
 * {@link stop} first and waits. Both sides share it by its buffer.
 */
export class NativeCallGuard {
  private readonly state: Int32Array;

  constructor(readonly buffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.state = new Int32Array(buffer);
  }

  /** Makes a call, in a thread. @throws Error once the guard is stopped */
  async run<T>(call: () => Promise<T>): Promise<T> {
    // Counted before the question is asked: else the other side could stop between answer and call.
    Atomics.add(this.state, RUNNING, 1);
    try {
      if (Atomics.load(this.state, STOPPED) === 1) throw new Error('the embedding model is closed');
      return await call();
    } finally {
      Atomics.sub(this.state, RUNNING, 1);
      Atomics.notify(this.state, RUNNING);
    }
  }

  /** From now on no call begins. */
  stop(): void {
    Atomics.store(this.state, STOPPED, 1);
  }

  /** Blocks until no call is under way, for at most `timeoutMs`. @returns whether that is so */
  waitForCalls(timeoutMs: number): boolean {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const running = Atomics.load(this.state, RUNNING);
      const leftMs = end - performance.now();
      if (running === 0 || leftMs <= 0) return running === 0;
      Atomics.wait(this.state, RUNNING, running, leftMs);
    }
  }
}
