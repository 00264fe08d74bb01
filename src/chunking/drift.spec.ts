import { dotProduct, l2Normalise, meanDirection } from '../common/vector';
import { measureDrift } from './drift';

const vector = (...components: number[]) => l2Normalise(components);

describe('measureDrift', () => {
  it('gives the similarity of the means of two windows on each side', () => {
    const vectors = [vector(1, 0), vector(1, 1), vector(0, 1), vector(1, 2), vector(3, 1)];
    const { similarity } = measureDrift(vectors);
    expect(similarity[0]).toBe(1);
    for (let i = 1; i < vectors.length; i++) {
      const before = meanDirection(vectors.slice(Math.max(0, i - 2), i));
      const after = meanDirection(vectors.slice(i, i + 2));
      expect(similarity[i]).toBeCloseTo(dotProduct(before, after), 5);
    }
  });

  it('is greatest where the subject changes', () => {
    const sea = Array.from({ length: 8 }, (_, i) => vector(1, 0.1 * (i % 3)));
    const desert = Array.from({ length: 8 }, (_, i) => vector(0.1 * (i % 3), 1));
    const { drift } = measureDrift([...sea, ...desert]);
    expect(drift.indexOf(Math.max(...drift))).toBe(8);
    expect(drift[8]).toBeGreaterThan(1);
  });

  it('does not depend on how high the similarities of a model sit', () => {
    const turns = [0, 0.1, 0.2, 0.1, 1.2, 1.3, 1.2, 1.1, 1.2];
    const drifts = [1, 0.7].map(
      (scale) => measureDrift(turns.map((a) => vector(Math.cos(a * scale), Math.sin(a * scale)))).drift,
    );
    drifts[0].forEach((drift, i) => expect(drift).toBeCloseTo(drifts[1][i], 0));
  });

  it('bears one window, none, and windows that cancel out', () => {
    expect(measureDrift([]).drift).toHaveLength(0);
    expect([...measureDrift([vector(1, 0)]).drift]).toEqual([0]);
    const { drift } = measureDrift([vector(1, 0), vector(-1, 0), vector(1, 0), vector(-1, 0)]);
    expect([...drift].every(Number.isFinite)).toBe(true);
  });
});
