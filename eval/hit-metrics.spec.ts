import { hitMetrics, share } from './hit-metrics';

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
