import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useLiteFolder } from '../../src/models/drivers/local/use-lite-tokenizer';

/** `output = input · kernel + bias`; kernel row-major `[inputs, outputs]`. */
export interface LinearWeights {
  inputs: number;
  outputs: number;
  kernel: Float32Array;
  bias: Float32Array;
}

/** Scale and bias of a layer normalisation, each as long as the layer is wide. */
export interface NormWeights {
  scale: Float32Array;
  bias: Float32Array;
}

/** One transformer layer: attention and feed-forward network, each normalised before and added to its input. */
export interface LayerWeights {
  attentionNorm: NormWeights;
  /** Query, key and value of all heads side by side. */
  queryKeyValue: LinearWeights;
  attentionOutput: LinearWeights;
  feedForwardNorm: NormWeights;
  expand: LinearWeights;
  contract: LinearWeights;
  /** Brings the layer's input to its output width, where these differ. */
  residual?: LinearWeights;
}

/** Everything the Universal Sentence Encoder lite has learned. */
export interface UseLiteWeights {
  /** Row-major `[pieces, 256]`. */
  pieceEmbeddings: Float32Array;
  pieceEmbeddingWidth: number;
  /** 128 angular frequencies of the position signal. */
  positionFrequencies: Float32Array;
  layers: readonly LayerWeights[];
  output: LinearWeights;
}

interface Manifest {
  weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[];
}

interface Tensor {
  shape: readonly number[];
  data: Float32Array;
}

const LEARNED = 'module/Encoder_en';
/** Constants that were folded when the model was exported keep the name of the applied module. */
const FOLDED = 'module_apply_default/Encoder_en/KonaTransformer/Encode';
const PARTITIONS = 'ConcatPartitions/concat';

/** Reads the weights (28 MB). @throws Error if the package is damaged */
export function readUseLiteWeights(folder = useLiteFolder()): UseLiteWeights {
  const manifest = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Manifest;
  const [{ paths, weights }] = manifest.weightsManifest;
  const bytes = Buffer.concat(paths.map((path) => readFileSync(join(folder, path))));
  const tensors = new Map<string, Tensor>();
  let offset = 0;
  for (const { name, shape, dtype } of weights) {
    const length = shape.reduce((product, dim) => product * dim, 1);
    if (dtype === 'float32')
      tensors.set(name, { shape, data: new Float32Array(bytes.buffer, bytes.byteOffset + offset, length) });
    offset += length * 4;
  }
  if (offset !== bytes.byteLength)
    throw new Error(`${folder}: ${bytes.byteLength} bytes of weights, the manifest names ${offset}`);
  return arrange(tensors);
}

function arrange(tensors: ReadonlyMap<string, Tensor>): UseLiteWeights {
  const tensor = (name: string): Tensor => {
    const found = tensors.get(name);
    if (!found) throw new Error(`the embedding model lacks the weights ${name}`);
    return found;
  };
  const linear = (kernelName: string, biasName: string): LinearWeights => {
    const { shape, data: kernel } = tensor(kernelName);
    const [inputs, outputs] = shape.slice(-2);
    return { inputs, outputs, kernel, bias: tensor(biasName).data };
  };
  const norm = (prefix: string): NormWeights => ({
    scale: tensor(`${prefix}/layer_norm/layer_norm_scale/${PARTITIONS}`).data,
    bias: tensor(`${prefix}/layer_norm/layer_norm_bias/${PARTITIONS}`).data,
  });
  const layer = (index: number): LayerWeights => {
    const folded = `${FOLDED}/Layer_${index}/TransformerLayer`;
    const learned = `${LEARNED}/KonaTransformer/Encode/Layer_${index}/TransformerLayer/MultiheadAttention`;
    const stacked = `${FOLDED}/TransformerStack/Layer_${index}/TransformerLayer/FFN`;
    const attention = (part: string) =>
      linear(`${learned}/${part}/kernel/part_0`, `${folded}/MultiheadAttention/${part}/bias/${PARTITIONS}`);
    const feedForward = (part: string) =>
      linear(`${stacked}/${part}/Tensordot/Reshape_1`, `${folded}/FFN/${part}/bias/${PARTITIONS}`);
    return {
      attentionNorm: norm(`${folded}/layer_prepostprocess`),
      queryKeyValue: attention('qkv_transform_single'),
      attentionOutput: attention('output_transform_single'),
      feedForwardNorm: norm(`${folded}/FFN/layer_prepostprocess`),
      expand: feedForward('conv1'),
      contract: feedForward('conv2'),
    };
  };
  const dense = `${FOLDED}/Layer_0/TransformerLayer/dense`;
  const residual = linear(`${dense}/kernel/${PARTITIONS}`, `${dense}/bias/${PARTITIONS}`);
  const embeddings = tensor('module/Embeddings_en');
  return {
    pieceEmbeddings: embeddings.data,
    pieceEmbeddingWidth: embeddings.shape[1],
    positionFrequencies: tensor(
      `${FOLDED}/TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1`,
    ).data,
    layers: [{ ...layer(0), residual }, layer(1)],
    output: linear(
      `${LEARNED}/hidden_layers/tanh_layer_0/weights`,
      `${LEARNED}/hidden_layers/tanh_layer_0/bias`,
    ),
  };
}
