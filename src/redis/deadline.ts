/**
 * Settles like `promise`, or rejects after `timeoutMs`. Whatever comes later is dropped.
 * @param timeoutError makes the error of the rejection
 */
export function withDeadline<T>(
  promise: Promise<T>,
  timeoutMs: number,
  timeoutError: () => Error,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    // Timers run before sockets are read: after a long task in this process the answer may be waiting already.
    const timer = setTimeout(() => setImmediate(() => reject(timeoutError())), timeoutMs);
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
