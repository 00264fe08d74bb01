/** Runs work while no other process holds the same lock file; of several, one works and the others wait. */
export function withLock<T>(file: string, work: () => T | Promise<T>): Promise<T>;
