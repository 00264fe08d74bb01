import { quantiseColumns } from '../../scripts/local-model/use-lite-onnx';
import { type LinearWeights, readUseLiteWeights } from '../../scripts/local-model/use-lite-weights';

const MAX_INPUT = 255;
const saturate = (sum: number) => Math.max(-32_768, Math.min(32_767, sum));

const columns = (inputs: number, outputs: number, kernel: number[]): LinearWeights => ({
  inputs,
  outputs,
  kernel: Float32Array.from(kernel),
  bias: new Float32Array(outputs),
});

const weights = readUseLiteWeights();
const kernels = weights.layers.flatMap((layer, index) =>
  Object.entries(layer).flatMap(([name, part]): [string, LinearWeights][] =>
    'kernel' in part ? [[`${index}.${name}`, part as LinearWeights]] : [],
  ),
);

/**
 * Largest difference, over all columns, between sums of products in 16 saturating bits by pairs of rows (AVX2 without
 * VNNI) and exact ones; the worst inputs are tried: all that meet a weight of one sign are 255, the others 0.
 */
function saturationError({ inputs, outputs }: LinearWeights, kernel: Int8Array): number {
  let largest = 0;
  for (let column = 0; column < outputs; column++)
    for (const sign of [1, -1]) {
      let [exact, saturated] = [0, 0];
      for (let row = 0; row < inputs; row += 2) {
        let pair = 0;
        for (const at of [row, row + 1].filter((one) => one < inputs)) {
          const weight = kernel[at * outputs + column];
          if (weight * sign > 0) pair += MAX_INPUT * weight;
        }
        exact += pair;
        saturated += saturate(pair);
      }
      largest = Math.max(largest, Math.abs(exact - saturated));
    }
  return largest;
}

describe('quantiseColumns', () => {
  it('finds the kernels of the model', () => {
    expect(kernels).toHaveLength(9);
  });

  it.each(kernels)('saturates nowhere on processors without VNNI: %s', (_, linear) => {
    const { kernel } = quantiseColumns(linear);
    expect(saturationError(linear, kernel)).toBe(0);
  });

  it('uses eight bits where no pair of rows forbids it', () => {
    const { kernel, scales } = quantiseColumns(columns(4, 1, [1, -1, 0.5, 0.25]));
    expect([...kernel]).toEqual([127, -127, 64, 32]);
    expect(scales[0]).toBeCloseTo(1 / 127, 6);
  });

  it('gives two rows of one sign at most 128 together, also when both are rounded up', () => {
    const { kernel } = quantiseColumns(columns(2, 2, [1, -1, 1, -1]));
    expect([...kernel]).toEqual([64, -64, 64, -64]);
  });

  it('would be noticed: eight bits for every weight saturate', () => {
    const linear = columns(2, 1, [1, 1]);
    expect(saturationError(linear, Int8Array.from([127, 127]))).toBe(254 * MAX_INPUT - 32_767);
  });

  it('keeps each weight within half a step', () => {
    const [, linear] = kernels[0];
    const { kernel, scales } = quantiseColumns(linear);
    const excess = linear.kernel.map((x, at) => {
      const scale = scales[at % linear.outputs];
      return Math.abs(x - kernel[at] * scale) / scale;
    });
    expect(Math.max(...excess.subarray(0, 100_000))).toBeLessThan(0.5001);
  });
});
