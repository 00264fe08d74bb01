import { isYounger } from './clock';

describe('isYounger', () => {
  it.each([
    ['just read', 1000, true],
    ['of the last moment', 1999, true],
    ['too old', 2000, false],
    ['read before the clock was set back', 999, false],
  ])('judges what was %s', (_name, nowMs, expected) => {
    expect(isYounger(1000, nowMs, 1000)).toBe(expected);
  });
});
