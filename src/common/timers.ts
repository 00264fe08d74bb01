/** Work that is done again and again. */
export interface Repetition {
  /** Ends it. @returns resolves once what is being done is over */
  stop(): Promise<void>;
}

/**
 * Does work every so many milliseconds, never twice at a time: a round that takes longer makes the next one late.
 * Does not keep the process alive.
 * @param work must handle its own errors; one that it throws ends nothing and goes to the process
 */
export function every(
  intervalMs: number,
  work: () => Promise<void> | void,
  { beginAtOnce = false } = {},
): Repetition {
  let running: Promise<void> | null = null;
  const round = async () => {
    try {
      await work();
    } finally {
      running = null;
    }
  };
  const begin = () => void (running ??= round());
  if (beginAtOnce) begin();
  const timer = setInterval(begin, intervalMs).unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

/** What a promise gives, if that comes in time. @throws Error otherwise; what comes later is dropped */
export async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a promise is settled within some time; it is not waited for longer. */
export async function endsWithin(timeoutMs: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
