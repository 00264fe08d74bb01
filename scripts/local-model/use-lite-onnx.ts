import {
  type Precision,
  USE_LITE_DIMENSIONS,
  USE_LITE_INPUT,
  USE_LITE_MAX_PIECES,
  USE_LITE_OUTPUT,
} from '../../src/models/drivers/local/use-lite';
import { OnnxModelWriter } from './onnx-model-writer';
import type { LayerWeights, LinearWeights, NormWeights, UseLiteWeights } from './use-lite-weights';

const HEADS = 4;
const NORM_EPSILON = 1e-6;
/** The piece embeddings are scaled by this before the position signal is added. */
const EMBEDDING_SCALE = 2;

type LinearLayer = (graph: OnnxModelWriter, input: string, weights: LinearWeights, output: string) => string;

/**
 * The Universal Sentence Encoder lite as the bytes of an ONNX file. It takes one text at a time: batches need
 * padding and masking, and gain nothing on a CPU.
 * @see https://arxiv.org/abs/1803.11175 the model; https://arxiv.org/abs/1706.03762 the transformer
 */
export function buildUseLiteOnnx(weights: UseLiteWeights, precision: Precision): Uint8Array {
  const graph = new OnnxModelWriter();
  const linear = precision === 'int8' ? quantisedLinear : floatLinear;
  let hidden = embedPieces(graph, weights);
  weights.layers.forEach((layer, index) => {
    hidden = transformerLayer(graph, `layer${index}`, hidden, layer, linear);
  });
  const sentence = graph.operator('ReduceMean', [hidden], 'mean', { axes: [0], keepdims: 1 });
  const projected = floatLinear(graph, sentence, weights.output, 'projection');
  const bounded = graph.operator('Tanh', [projected], 'tanh');
  graph.operator('LpNormalization', [bounded], USE_LITE_OUTPUT, { axis: -1, p: 2 });
  return graph.encode(
    'use-lite',
    { name: USE_LITE_INPUT, type: 'int64', shape: ['length'] },
    { name: USE_LITE_OUTPUT, type: 'float', shape: [1, USE_LITE_DIMENSIONS] },
  );
}

/** Looks up each piece's vector and adds the signal of its position. @returns `[length, 256]` */
function embedPieces(graph: OnnxModelWriter, weights: UseLiteWeights): string {
  const width = weights.pieceEmbeddingWidth;
  const scaled = weights.pieceEmbeddings.map((x) => x * EMBEDDING_SCALE);
  const table = graph.float('piece_embeddings', [scaled.length / width, width], scaled);
  const positions = positionSignal(weights.positionFrequencies);
  const signal = graph.float('position_signal', [USE_LITE_MAX_PIECES, width], positions);
  const start = graph.integers('first_position', [0]);
  const length = graph.operator('Shape', [USE_LITE_INPUT], 'length');
  const signalOfText = graph.operator('Slice', [signal, start, length], 'position_signal_of_text');
  const vectors = graph.operator('Gather', [table, USE_LITE_INPUT], 'piece_vectors');
  return graph.operator('Add', [vectors, signalOfText], 'embedded');
}

/** Sines, then cosines, of position times frequency; row-major `[128, 2 · frequencies]`. */
function positionSignal(frequencies: Float32Array): Float32Array {
  const count = frequencies.length;
  const signal = new Float32Array(USE_LITE_MAX_PIECES * 2 * count);
  for (let position = 0; position < USE_LITE_MAX_PIECES; position++)
    for (let i = 0; i < count; i++) {
      // The model was trained with angles of single precision.
      const angle = Math.fround(position * frequencies[i]);
      signal[position * 2 * count + i] = Math.sin(angle);
      signal[position * 2 * count + count + i] = Math.cos(angle);
    }
  return signal;
}

/** Attention, then a feed-forward network, each added to what went in. @returns `[length, 512]` */
function transformerLayer(
  graph: OnnxModelWriter,
  name: string,
  input: string,
  weights: LayerWeights,
  linear: LinearLayer,
): string {
  const residual = weights.residual ? linear(graph, input, weights.residual, `${name}_residual`) : input;
  const normed = layerNorm(graph, input, weights.attentionNorm, `${name}_attention_norm`);
  const attended = selfAttention(graph, `${name}_attention`, normed, weights, linear);
  const hidden = graph.operator('Add', [attended, residual], `${name}_hidden`);
  const hiddenNormed = layerNorm(graph, hidden, weights.feedForwardNorm, `${name}_feed_forward_norm`);
  const fed = feedForward(graph, `${name}_feed_forward`, hiddenNormed, weights, linear);
  return graph.operator('Add', [fed, hidden], `${name}_output`);
}

/** Scaled dot-product attention of each piece to all, in {@link HEADS} heads. */
function selfAttention(
  graph: OnnxModelWriter,
  name: string,
  input: string,
  weights: LayerWeights,
  linear: LinearLayer,
): string {
  const headWidth = weights.queryKeyValue.inputs / HEADS;
  const scaled = scaleQueries(weights.queryKeyValue, 1 / Math.sqrt(headWidth));
  const projected = linear(graph, input, scaled, `${name}_qkv`);
  // [length, 3 · 4 · headWidth] → three of [1, 4, length, headWidth]
  const heads = graph.integers(`${name}_heads`, [0, 3, HEADS, headWidth]);
  const split = graph.operator('Reshape', [projected, heads], `${name}_by_head`);
  const ordered = graph.operator('Transpose', [split], `${name}_ordered`, { perm: [1, 2, 0, 3] });
  const parts = [`${name}_query`, `${name}_key`, `${name}_value`];
  const [query, key, value] = graph.operator('Split', [ordered], parts, { axis: 0 });
  const keyColumns = graph.operator('Transpose', [key], `${name}_key_columns`, { perm: [0, 1, 3, 2] });
  const scores = graph.operator('MatMul', [query, keyColumns], `${name}_scores`);
  const shares = graph.operator('Softmax', [scores], `${name}_shares`, { axis: -1 });
  const mixed = graph.operator('MatMul', [shares, value], `${name}_mixed`);
  // and back to [length, 4 · headWidth]
  const byPiece = graph.operator('Transpose', [mixed], `${name}_by_piece`, { perm: [2, 0, 1, 3] });
  const flat = graph.integers(`${name}_flat`, [0, HEADS * headWidth]);
  const joined = graph.operator('Reshape', [byPiece, flat], `${name}_joined`);
  return linear(graph, joined, weights.attentionOutput, `${name}_output`);
}

function feedForward(
  graph: OnnxModelWriter,
  name: string,
  input: string,
  weights: LayerWeights,
  linear: LinearLayer,
): string {
  const expanded = linear(graph, input, weights.expand, `${name}_expanded`);
  const active = graph.operator('Relu', [expanded], `${name}_active`);
  return linear(graph, active, weights.contract, `${name}_contracted`);
}

function layerNorm(graph: OnnxModelWriter, input: string, weights: NormWeights, output: string): string {
  const scale = graph.float(`${output}_scale`, [weights.scale.length], weights.scale);
  const bias = graph.float(`${output}_bias`, [weights.bias.length], weights.bias);
  const attributes = { axis: -1, epsilon: { float: NORM_EPSILON } };
  return graph.operator('LayerNormalization', [input, scale, bias], output, attributes);
}

const floatLinear: LinearLayer = (graph, input, { inputs, outputs, kernel, bias }, output) => {
  const kernelName = graph.float(`${output}_kernel`, [inputs, outputs], kernel);
  const biasName = graph.float(`${output}_bias`, [outputs], bias);
  return graph.operator('Gemm', [input, kernelName, biasName], output);
};

/** The kernel in int8 with one scale per column; the input is quantised as it comes. */
const quantisedLinear: LinearLayer = (graph, input, weights, output) => {
  const { inputs, outputs } = weights;
  const { kernel, scales } = quantiseColumns(weights);
  const names = [
    graph.int8(`${output}_kernel`, [inputs, outputs], kernel),
    graph.float(`${output}_scales`, [outputs], scales),
    graph.int8(`${output}_zero_points`, [outputs], new Int8Array(outputs)),
    graph.float(`${output}_bias`, [outputs], weights.bias),
  ];
  return graph.operator('DynamicQuantizeMatMul', [input, ...names], output, {}, 'com.microsoft');
};

/**
 * One scale per column, as small as exact sums allow. Processors with AVX2 and without VNNI add the products of two
 * consecutive rows in 16 bits, saturating, and each is multiplied by an input of up to 255: so two weights of equal
 * sign may be 128 together. Dividing by 127 leaves room for both being rounded up.
 * @see https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html section on U8S8 and AVX2
 */
export function quantiseColumns({ inputs, outputs, kernel }: LinearWeights): {
  kernel: Int8Array;
  scales: Float32Array;
} {
  const scales = new Float32Array(outputs);
  kernel.forEach((x, at) => {
    const isSecondOfPair = Math.floor(at / outputs) % 2 === 1;
    const partner = isSecondOfPair ? kernel[at - outputs] : 0;
    const magnitude = x * partner > 0 ? Math.abs(x + partner) : Math.abs(x);
    const column = at % outputs;
    if (magnitude / 127 > scales[column]) scales[column] = magnitude / 127;
  });
  const quantised = new Int8Array(inputs * outputs);
  const { round } = Math;
  kernel.forEach((x, at) => {
    const scale = scales[at % outputs];
    quantised[at] = scale > 0 ? round(x / scale) : 0;
  });
  return { kernel: quantised, scales };
}

/** Folds the scale of the attention scores into the weights that make the queries: the first third. */
function scaleQueries(weights: LinearWeights, factor: number): LinearWeights {
  const queries = weights.outputs / 3;
  const scale = (x: number, at: number) => (at % weights.outputs < queries ? x * factor : x);
  return { ...weights, kernel: weights.kernel.map(scale), bias: weights.bias.map(scale) };
}
