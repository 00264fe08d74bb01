import { HALF_VALUES, toHalfBits } from './vector';

describe('half floats', () => {
  it('keeps every half that is a number', () => {
    const wrong: number[] = [];
    for (let half = 0; half < 0x10000; half++)
      if (!Number.isNaN(HALF_VALUES[half]) && toHalfBits(HALF_VALUES[half]) !== half) wrong.push(half);
    expect(wrong).toEqual([]);
  });

  it('has the values of the standard', () => {
    expect(HALF_VALUES[0x3c00]).toBe(1);
    expect(HALF_VALUES[0xc000]).toBe(-2);
    expect(HALF_VALUES[0x7bff]).toBe(65_504);
    expect(HALF_VALUES[0x0400]).toBe(2 ** -14);
    expect(HALF_VALUES[0x0001]).toBe(2 ** -24);
    expect(HALF_VALUES[0x3555]).toBe(0.333251953125);
  });

  it('rounds to the nearest, ties to even', () => {
    const step = 2 ** -10;
    expect(toHalfBits(1 + step / 2)).toBe(0x3c00);
    expect(toHalfBits(1 + (3 * step) / 2)).toBe(0x3c02);
    expect(toHalfBits(1 + step * 0.51)).toBe(0x3c01);
    expect(toHalfBits(2 ** -25)).toBe(0);
    expect(toHalfBits(2 ** -24 * 1.5)).toBe(2);
    expect(toHalfBits(2 ** -24 * 0.51)).toBe(1);
  });

  it('has infinities and no number', () => {
    expect(toHalfBits(65_520)).toBe(0x7c00);
    expect(toHalfBits(-1e10)).toBe(0xfc00);
    expect(toHalfBits(65_519)).toBe(0x7bff);
    expect(HALF_VALUES[toHalfBits(NaN)]).toBeNaN();
  });
});
