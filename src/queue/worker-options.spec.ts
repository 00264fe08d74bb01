import { retryDelayMs } from './worker-options';

describe('retryDelayMs', () => {
  it('doubles from one second to one minute', () => {
    const delays = [1, 2, 3, 7, 8, 20].map((attempt) => retryDelayMs(attempt, 0));
    expect(delays).toEqual([1000, 2000, 4000, 60_000, 60_000, 60_000]);
  });

  it('takes off at most half at random', () => {
    expect(retryDelayMs(3, 0.5)).toBe(3000);
    expect(retryDelayMs(3, 0.999)).toBeGreaterThanOrEqual(2000);
  });
});
