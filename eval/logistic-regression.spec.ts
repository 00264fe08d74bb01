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
    const [weak, strong] = [1, 100].map((penalty) => fitLogistic(sample, penalty).weights[0]);
    expect(strong).toBeGreaterThan(0);
    expect(strong).toBeLessThan(weak);
    expect(weak).toBeLessThan(2 * Math.log(3));
  });

  it('gives no weight to what never varies', () => {
    const constant = sample.map((one) => ({ ...one, features: [...one.features, 7] }));
    expect(fitLogistic(constant, 1).weights[1]).toBeCloseTo(0, 6);
  });
});
