import { expiresAtMs, ttlSecondsFor } from './ttl-decay';

const NOW = Date.UTC(2026, 10, 22);
const DAY = 86_400_000;
const ttlAtAge = (days: number) => ttlSecondsFor(NOW - days * DAY, NOW);

describe('ttlSecondsFor', () => {
  it.each([
    [0, 300],
    [0.5, 450],
    [1, 600],
    [6, 2100],
    [7, 2400],
    [7 + 1e-6, 43_200],
    [8, 43_200],
    [30, 43_200],
    [30 + 1e-6, 86_400],
    [31, 86_400],
    [5_000, 86_400],
  ])('gives an answer from a source %p days old %p seconds', (days, seconds) => {
    expect(ttlAtAge(days)).toBeCloseTo(seconds, 6);
  });

  it('takes a source from the future for a new one', () => {
    expect(ttlAtAge(-3)).toBe(300);
  });
});

describe('expiresAtMs', () => {
  it('never rounds up', () => {
    expect(expiresAtMs({ createdAtMs: 1000, ttlSeconds: 1.9999 })).toBe(2999);
  });
});
