/** Injection token of the {@link SharedValues}. */
export const SHARED_VALUES = Symbol('SharedValues');

/**
 * Small values that all processes of a deployment share, each for a while: leases, results handed over, notes. They may
 * be lost at any time. Every driver passes `test/contract/shared-values.contract.ts`.
 * Methods throw AppError `CACHE_UNAVAILABLE` where the server cannot be asked.
 */
export interface SharedValues {
  /** The values of keys of one tenant in their order, all of one moment; null where there is none. */
  get(keys: readonly string[]): Promise<(string | null)[]>;

  set(key: string, value: string, ttlMs: number): Promise<void>;

  /** Sets a value where there is none. @returns whether it did */
  claim(key: string, value: string, ttlMs: number): Promise<boolean>;

  /** Lets a value live `ttlMs` from now on, if it still is the one given. @returns whether it is */
  extend(key: string, value: string, ttlMs: number): Promise<boolean>;

  /** Removes a value, if it still is the one given. @returns whether it was */
  release(key: string, value: string): Promise<boolean>;

  /**
   * Adds a value to the end of a list, which lives `ttlMs` from then on and keeps its latest `maxLength` values.
   * @returns the values before it, in the order in which they came
   */
  enter(key: string, value: string, ttlMs: number, maxLength: number): Promise<string[]>;

  /** Takes a value out of a list. */
  leave(key: string, value: string): Promise<void>;

  /** Adds bytes to the ends of logs of one tenant; a log lives `ttlMs` from its first addition on. */
  append(additions: readonly { key: string; bytes: Buffer }[], ttlMs: number): Promise<void>;

  /** What was added to logs of one tenant, in its order; nothing for a log that there is not. */
  readLogs(keys: readonly string[]): Promise<Buffer[][]>;
}
