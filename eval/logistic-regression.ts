/** One observation: its features, what it is, and how much it counts. */
export interface Observation {
  features: readonly number[];
  label: boolean;
  /** Above 0. */
  weight: number;
}

/** The logit is `intercept` plus the sum of weights times features. */
export interface LogisticFit {
  intercept: number;
  weights: number[];
}

const MAX_STEPS = 50;
const TOLERANCE = 1e-8;
/** Keeps a feature that never varies from dividing by nothing. */
const SMALLEST_DEVIATION = 1e-9;

/**
 * Logistic regression with a Gaussian prior on the weights of standardised features, by Newton's method. Deterministic.
 * @param penalty strength of the prior (half of it times the squared weights); the intercept has none
 * @see Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 4.4.1
 */
export function fitLogistic(observations: readonly Observation[], penalty: number): LogisticFit {
  const count = observations[0].features.length;
  const means = columns(count, (j) => meanOf(observations.map(({ features }) => features[j])));
  const deviations = columns(
    count,
    (j) =>
      Math.sqrt(meanOf(observations.map(({ features }) => (features[j] - means[j]) ** 2))) +
      SMALLEST_DEVIATION,
  );
  const rows = observations.map(({ features }) => [
    1,
    ...features.map((x, j) => (x - means[j]) / deviations[j]),
  ]);
  const beta = new Array<number>(count + 1).fill(0);
  for (let step = 0; step < MAX_STEPS; step++) {
    const move = newtonStep(rows, observations, beta, penalty);
    move.forEach((delta, j) => (beta[j] -= delta));
    if (Math.max(...move.map(Math.abs)) < TOLERANCE) break;
  }
  const weights = columns(count, (j) => beta[j + 1] / deviations[j]);
  return { intercept: weights.reduce((sum, weight, j) => sum - weight * means[j], beta[0]), weights };
}

/** Solves Hessian · step = gradient of the penalised log-loss. */
function newtonStep(
  rows: readonly number[][],
  observations: readonly Observation[],
  beta: readonly number[],
  penalty: number,
): number[] {
  const size = beta.length;
  const system = beta.map((b, j) => [
    ...beta.map((_, k) => (j === k && j > 0 ? penalty : 0)),
    j > 0 ? penalty * b : 0,
  ]);
  rows.forEach((row, i) => {
    const { label, weight } = observations[i];
    const p = 1 / (1 + Math.exp(-row.reduce((sum, x, j) => sum + x * beta[j], 0)));
    const curvature = weight * p * (1 - p);
    for (let j = 0; j < size; j++) {
      for (let k = 0; k < size; k++) system[j][k] += curvature * row[j] * row[k];
      system[j][size] += weight * (p - Number(label)) * row[j];
    }
  });
  return solve(system);
}

/** Gaussian elimination of a positive definite system, whose last column is the right-hand side. */
function solve(system: number[][]): number[] {
  const size = system.length;
  for (let j = 0; j < size; j++) {
    for (let i = j + 1; i < size; i++) {
      const factor = system[i][j] / system[j][j];
      for (let k = j; k <= size; k++) system[i][k] -= factor * system[j][k];
    }
  }
  const solution = new Array<number>(size).fill(0);
  for (let j = size - 1; j >= 0; j--) {
    const known = solution.reduce((sum, x, k) => (k > j ? sum + system[j][k] * x : sum), 0);
    solution[j] = (system[j][size] - known) / system[j][j];
  }
  return solution;
}

function columns(count: number, of: (column: number) => number): number[] {
  return Array.from({ length: count }, (_, column) => of(column));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}
