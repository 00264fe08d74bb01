import { recallOf } from './recall-sampler';

describe('recallOf', () => {
  it('is the share of true neighbours that were found', () => {
    expect(recallOf([0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4])).toBe(1);
    expect(recallOf([0.1, 0.3, 0.5, 0.6], [0.1, 0.2, 0.3, 0.4])).toBe(0.5);
    expect(recallOf([], [0.1])).toBe(0);
  });

  it('counts one as near as the last for as good', () => {
    expect(recallOf([0.1, 0.2 + 1e-8], [0.1, 0.2])).toBe(1);
  });

  it('looks at no more hits than there are neighbours to find', () => {
    expect(recallOf([0.1, 0.1, 0.1], [0.1])).toBe(1);
  });

  it('says nothing where there is nothing to find', () => {
    expect(recallOf([], [])).toBeNull();
  });
});
