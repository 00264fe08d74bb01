import { fitLogistic, type Observation } from './logistic-regression';

const observations = (feature: number, label: boolean, count: number, weight = 1): Observation[] =>
  Array.from({ length: count }, () => ({ features: [feature], label, weight }));

const sample = [
  ...observations(0, true, 10),
  ...observations(0, false, 30),
  ...observations(1, true, 30),
  ...observations(1, false, 10),
];

describe('fitLogistic', () => {
  it('finds the odds of the counts', () => {
    const { intercept, weights } = fitLogistic(sample, 1e-9);
    expect(intercept).toBeCloseTo(-Math.log(3), 6);
    expect(weights[0]).toBeCloseTo(2 * Math.log(3), 6);
  });

  it('takes a weight for so many observations', () => {
    const weighted = fitLogistic(
      sample.map((one) => (one.features[0] === 1 && one.label ? { ...one, weight: 3 } : one)),
      1e-9,
    );
    expect(weighted.intercept + weighted.weights[0]).toBeCloseTo(Math.log(9), 6);
  });

  it('draws weights towards nothing, the more the stronger the prior', () => {
    const [weak, strong] = [0.01, 1].map((penalty) => fitLogistic(sample, penalty).weights[0]);
    expect(strong).toBeGreaterThan(0);
    expect(strong).toBeLessThan(weak);
    expect(weak).toBeLessThan(2 * Math.log(3));
  });

  it('gives no weight to what never varies', () => {
    const constant = sample.map((one) => ({ ...one, features: [...one.features, 7] }));
    expect(fitLogistic(constant, 1).weights[1]).toBeCloseTo(0, 6);
  });

  it('keeps to the signs that are given', () => {
    const [free] = fitLogistic(sample, 1e-9).weights;
    expect(fitLogistic(sample, 1e-9, [1]).weights[0]).toBeCloseTo(free, 6);
    const bounded = fitLogistic(sample, 1e-9, [-1]);
    expect(bounded.weights).toEqual([0]);
    expect(bounded.intercept).toBeCloseTo(0, 6);
  });

  it('refits the others where one would have the wrong sign', () => {
    // The second feature tells less than the first and points the same way.
    const two = sample.map((one, i) => ({
      ...one,
      features: [one.features[0], one.features[0] + Number(i % 3 === 0)],
    }));
    const alone = fitLogistic(sample, 1e-6).weights[0];
    const { weights } = fitLogistic(two, 1e-6, [1, -1]);
    expect(weights[1]).toBeLessThanOrEqual(0);
    expect(weights[0]).toBeGreaterThanOrEqual(alone - 1e-6);
  });

  it('stays finite where the labels are separated', () => {
    const separated = [...observations(0, false, 20), ...observations(1, true, 20)];
    const { intercept, weights } = fitLogistic(separated, 1e-4, [1]);
    expect(Number.isFinite(intercept)).toBe(true);
    expect(weights[0]).toBeGreaterThan(5);
  });
});
