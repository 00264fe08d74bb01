import { l2Normalise } from '../common/vector';
import { backgroundOf, SimilarityScale } from './similarity-scale';

describe('SimilarityScale', () => {
  it('runs from the background to equality', () => {
    const scale = new SimilarityScale(0.6);
    expect([0.6, 0.8, 1].map((cosine) => scale.relative(cosine))).toEqual([0, expect.closeTo(0.5), 1]);
    expect(scale.relative(0.4)).toBeLessThan(0);
  });

  it('looks at nothing in the lower half', () => {
    expect(new SimilarityScale(0.6).minSimilarity).toBeCloseTo(0.8);
    expect(new SimilarityScale(-0.2).minSimilarity).toBeCloseTo(0.4);
  });

  it('keeps to a stricter threshold, not to a looser one', () => {
    expect(new SimilarityScale(0.6, 0.92).minSimilarity).toBe(0.92);
    expect(new SimilarityScale(0.6, 0.1).minSimilarity).toBeCloseTo(0.8);
  });
});

describe('backgroundOf', () => {
  const vectors = [
    [1, 2, 3],
    [3, -1, 0],
    [0, 1, 1],
    [2, 2, -5],
  ].map((components) => l2Normalise(components));

  it('is the mean similarity of all pairs', () => {
    const similarities = vectors.flatMap((a, i) =>
      vectors.slice(i + 1).map((b) => a.reduce((sum, x, j) => sum + x * b[j], 0)),
    );
    const mean = similarities.reduce((sum, x) => sum + x, 0) / similarities.length;
    expect(backgroundOf(vectors)).toBeCloseTo(mean, 6);
  });

  it('is 1 for equal vectors, and 0 for orthogonal ones', () => {
    expect(backgroundOf([vectors[0], vectors[0]])).toBeCloseTo(1, 6);
    expect(backgroundOf([l2Normalise([1, 0]), l2Normalise([0, 1])])).toBeCloseTo(0, 6);
  });
});
