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

/** What a weight may be: at least 0, at most 0, anything. */
export type Sign = 1 | -1 | 0;

const MAX_STEPS = 100;
const MAX_SWEEPS = 1000;
const TOLERANCE = 1e-9;
/** Keeps a feature that never varies from dividing by nothing. */
const SMALLEST_DEVIATION = 1e-9;

/**
 * Logistic regression with a Gaussian prior on the weights of standardised features and with their signs given, by
 * Newton's method; each step's quadratic problem is solved by coordinate descent within the bounds. Deterministic.
 * @param penalty half of it times the squared weights is added to the weighted mean of the log-loss; the intercept has none
 * @param signs one per feature; default: any
 * @see Lee, Sun and Saunders, Proximal Newton-type methods for minimizing composite functions (2014)
 */
export function fitLogistic(
  observations: readonly Observation[],
  penalty: number,
  signs: readonly Sign[] = observations[0].features.map(() => 0),
): LogisticFit {
  const scales = signs.map((_, j) => scaleOf(observations.map(({ features }) => features[j])));
  const total = observations.reduce((sum, { weight }) => sum + weight, 0);
  const rows = observations.map(({ features, label, weight }) => ({
    x: [1, ...features.map((x, j) => (x - scales[j].mean) / scales[j].deviation)],
    y: Number(label),
    weight: weight / total,
  }));
  const bounds: Sign[] = [0, ...signs];
  let beta = bounds.map(() => 0);
  let loss = lossOf(rows, beta, penalty);
  for (let step = 0; step < MAX_STEPS; step++) {
    const target = boundedNewtonStep(rows, beta, penalty, bounds);
    let [size, next, nextLoss] = [1, target, lossOf(rows, target, penalty)];
    while (nextLoss > loss && size > TOLERANCE) {
      size /= 2;
      next = beta.map((b, j) => b + size * (target[j] - b));
      nextLoss = lossOf(rows, next, penalty);
    }
    const moved = Math.max(...next.map((b, j) => Math.abs(b - beta[j])));
    if (nextLoss > loss) break;
    [beta, loss] = [next, nextLoss];
    if (moved < TOLERANCE) break;
  }
  const weights = scales.map(({ deviation }, j) => beta[j + 1] / deviation);
  return { intercept: weights.reduce((sum, weight, j) => sum - weight * scales[j].mean, beta[0]), weights };
}

interface Row {
  x: readonly number[];
  y: number;
  weight: number;
}

function logitOf(x: readonly number[], beta: readonly number[]): number {
  let logit = 0;
  for (let j = 0; j < beta.length; j++) logit += x[j] * beta[j];
  return logit;
}

function lossOf(rows: readonly Row[], beta: readonly number[], penalty: number): number {
  let loss = 0;
  for (let j = 1; j < beta.length; j++) loss += (penalty * beta[j] ** 2) / 2;
  for (const { x, y, weight } of rows) {
    const logit = logitOf(x, beta);
    loss += weight * (Math.max(0, logit) + Math.log1p(Math.exp(-Math.abs(logit))) - y * logit);
  }
  return loss;
}

/** Where the quadratic approximation of the loss at `beta` is least within the bounds. */
function boundedNewtonStep(
  rows: readonly Row[],
  beta: readonly number[],
  penalty: number,
  bounds: readonly Sign[],
): number[] {
  const gradient = beta.map((b, j) => (j > 0 ? penalty * b : 0));
  const hessian = beta.map((_, j) => beta.map((__, k) => (j === k && j > 0 ? penalty : 0)));
  for (const { x, y, weight } of rows) {
    const p = 1 / (1 + Math.exp(-logitOf(x, beta)));
    const [error, curvature] = [weight * (p - y), weight * p * (1 - p)];
    for (let j = 0; j < beta.length; j++) {
      gradient[j] += error * x[j];
      for (let k = 0; k <= j; k++) hessian[j][k] += curvature * x[j] * x[k];
    }
  }
  for (let j = 0; j < beta.length; j++) for (let k = 0; k < j; k++) hessian[k][j] = hessian[j][k];
  const target = [...beta];
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let moved = 0;
    for (let j = 0; j < beta.length; j++) {
      const slope = gradient[j] + hessian[j].reduce((sum, h, k) => sum + h * (target[k] - beta[k]), 0);
      const free = target[j] - slope / (hessian[j][j] + SMALLEST_DEVIATION);
      const bounded = bounds[j] * free < 0 ? 0 : free;
      moved = Math.max(moved, Math.abs(bounded - target[j]));
      target[j] = bounded;
    }
    if (moved < TOLERANCE) break;
  }
  return target;
}

function scaleOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = meanOf(values);
  return { mean, deviation: Math.sqrt(meanOf(values.map((x) => (x - mean) ** 2))) + SMALLEST_DEVIATION };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}
