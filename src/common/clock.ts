import { Global, Module } from '@nestjs/common';

/** Injection token of the {@link Clock}. */
export const CLOCK = Symbol('Clock');

/** The source of the current time; tests inject one they can move. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/**
 * Whether what was read at a moment is younger than some milliseconds. It is not where the clock has been set back since:
 * else it would be believed until the clock is there again.
 */
export function isYounger(readAtMs: number, nowMs: number, maxAgeMs: number): boolean {
  return nowMs >= readAtMs && nowMs - readAtMs < maxAgeMs;
}

/** Provides the {@link CLOCK} everywhere; tests override it. */
@Global()
@Module({
  providers: [{ provide: CLOCK, useValue: systemClock }],
  exports: [CLOCK],
})
export class ClockModule {}
