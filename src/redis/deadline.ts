/**
 * A time limit is waited for in so many steps. While this process is busy no step passes, and then one, however long it
 * was: an answer that waits to be read is not late, and neither is one to a call that could not be sent.
 */
const STEPS = 4;

/**
 * Settles like `promise`, or rejects when it took too long. Whatever comes later is dropped.
 * @param timeoutMs of time in which this process could have read the answer
 * @param timeoutError makes the error of the rejection
 */
export function withDeadline<T>(
  promise: Promise<T>,
  timeoutMs: number,
  timeoutError: () => Error,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let steps = 0;
    let timer: NodeJS.Timeout;
    const step = () => {
      if (steps++ < STEPS) timer = setTimeout(step, timeoutMs / STEPS);
      // Timers run before sockets are read: what has arrived meanwhile goes first.
      else setImmediate(() => reject(timeoutError()));
    };
    step();
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
