import { dotProduct, l2Normalise, FOLDED_DIMENSIONS, foldVector } from '../common/vector';

describe('foldVector', () => {
  let state = 7;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5;
  const randomVector = (length: number) => l2Normalise(Array.from({ length }, random));
  /** A vector whose cosine similarity to another is given. */
  const near = (vector: Float32Array, cosine: number) => {
    const other = randomVector(vector.length);
    const along = dotProduct(vector, other);
    const across = l2Normalise(other.map((x, i) => x - along * vector[i]));
    return l2Normalise(vector.map((x, i) => cosine * x + Math.sqrt(1 - cosine * cosine) * across[i]));
  };

  it('leaves vectors alone that are short enough', () => {
    const vector = randomVector(FOLDED_DIMENSIONS);
    expect(foldVector(vector)).toBe(vector);
  });

  it.each([
    [1536, 0.92, 0.0085],
    [3072, 0.92, 0.0085],
    [3072, 0.99, 0.0012],
    [3072, 0.8, 0.02],
  ])('keeps similarities: of %i dimensions %f ± %f', (dimensions, cosine, deviation) => {
    let squares = 0;
    for (let i = 0; i < 100; i++) {
      const vector = randomVector(dimensions);
      const [a, b] = [foldVector(vector), foldVector(near(vector, cosine))];
      expect(a).toHaveLength(FOLDED_DIMENSIONS);
      expect(dotProduct(a, a)).toBeCloseTo(1, 5);
      squares += (dotProduct(a, b) - cosine) ** 2;
    }
    expect(Math.sqrt(squares / 100)).toBeLessThan(deviation);
  });

  it('gives the same for the same vector, always', () => {
    const vector = Float32Array.from({ length: 3072 }, (_, i) => (i === 17 ? 1 : 0));
    expect(foldVector(vector).findIndex((x) => x !== 0)).toBe(279);
    expect(foldVector(vector)).toEqual(foldVector(Float32Array.from(vector)));
  });
});
