import type { Clock } from '../../../src/common/clock';

/**
 * A clock that stands still until the test moves it; it begins at the real time by default, as servers
 * have clocks, too.
 */
export class MovableClock implements Clock {
  constructor(private now = Date.now()) {}

  nowMs(): number {
    return this.now;
  }

  advanceSeconds(seconds: number): void {
    this.now += seconds * 1000;
  }
}
