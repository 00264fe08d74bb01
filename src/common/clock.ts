/** Injection token of the {@link Clock}. */
export const CLOCK = Symbol('Clock');

/** The source of the current time; tests inject one they can move. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };
