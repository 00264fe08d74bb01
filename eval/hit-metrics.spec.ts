import { hitMetrics, precisionHitRatioArea, share } from './hit-metrics';

const decisions = (same: boolean, hit: boolean, count: number) => Array(count).fill({ same, hit });

describe('hitMetrics', () => {
  it('gives the shares as counted by hand', () => {
    const metrics = hitMetrics([
      ...decisions(true, true, 3),
      ...decisions(true, false, 1),
      ...decisions(false, true, 1),
      ...decisions(false, false, 4),
    ]);
    expect(metrics).toEqual({ precision: 0.75, recall: 0.75, falseHitRate: 0.2 });
  });

  it('says null where there is nothing to divide by', () => {
    expect(hitMetrics(decisions(true, false, 2))).toEqual({ precision: null, recall: 0, falseHitRate: null });
    expect(share(1, 0)).toBeNull();
  });
});

describe('precisionHitRatioArea', () => {
  const candidate = (score: number, same: boolean) => ({ score, same });

  it('is the hit ratio where every candidate is right, and 0 where none is', () => {
    expect(precisionHitRatioArea([candidate(0.9, true), candidate(0.5, true)], 4)).toBe(0.5);
    expect(precisionHitRatioArea([candidate(0.9, false)], 4)).toBe(0);
  });

  it('is larger where the right ones are surer', () => {
    expect(precisionHitRatioArea([candidate(0.9, true), candidate(0.5, false)], 2)).toBe(0.875);
    expect(precisionHitRatioArea([candidate(0.9, false), candidate(0.5, true)], 2)).toBe(0.125);
  });

  it('does not depend on the order of equal scores', () => {
    const tied = [candidate(0.5, true), candidate(0.5, false)];
    expect(precisionHitRatioArea(tied, 2)).toBe(0.5);
    expect(precisionHitRatioArea(tied.reverse(), 2)).toBe(0.5);
  });
});
