import { mean, ndcgAt, recallAt, reciprocalRank } from './ranking-metrics';

describe('ranking metrics', () => {
  it('give nDCG as computed by hand', () => {
    // DCG: 1/log2(2) + 1/log2(4) = 1.5; ideal: 1/log2(2) + 1/log2(3) = 1.63093
    expect(ndcgAt(10, ['a', 'x', 'b'], { a: 1, b: 1 })).toBeCloseTo(1.5 / 1.6309297536, 8);
    // DCG: 1/log2(2) + 2/log2(3) = 2.26186; ideal: 2 + 1/log2(3) = 2.63093
    expect(ndcgAt(10, ['a', 'b'], { a: 1, b: 2 })).toBeCloseTo(2.2618595071 / 2.6309297536, 8);
  });

  it('count nothing below the cut, neither in the ranking nor in the ideal', () => {
    expect(ndcgAt(1, ['x', 'a'], { a: 1 })).toBe(0);
    expect(ndcgAt(1, ['a', 'x'], { a: 1, b: 1 })).toBe(1);
    expect(recallAt(2, ['x', 'a', 'b'], { a: 1, b: 1 })).toBe(0.5);
  });

  it('give 1 for the ideal ranking and 0 for one without a relevant document', () => {
    expect(ndcgAt(10, ['b', 'a', 'x'], { a: 1, b: 3 })).toBe(1);
    for (const metric of [ndcgAt(10, ['x'], { a: 1 }), recallAt(10, ['x'], { a: 1 })]) expect(metric).toBe(0);
    expect(reciprocalRank(['x'], { a: 1 })).toBe(0);
  });

  it('take the first relevant document for the reciprocal rank; a gain of 0 is not relevant', () => {
    expect(reciprocalRank(['x', 'y', 'a', 'b'], { a: 1, b: 1, y: 0 })).toBeCloseTo(1 / 3, 12);
    expect(recallAt(10, ['y'], { a: 1, y: 0 })).toBe(0);
  });

  it('average, and nothing averages to 0', () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(mean([])).toBe(0);
  });
});
