import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { sha256Hex } from '../../src/common/hash';
import {
  builtModelFolder,
  type Precision,
  readUseLiteFile,
  USE_LITE_SHA256,
  useLitePath,
} from '../../src/models/drivers/local/use-lite';
import { buildUseLiteOnnx } from './use-lite-onnx';
import { readUseLiteWeights } from './use-lite-weights';

/**
 * Makes the ONNX files of the local model, where they are not there yet. Several processes may do so at once: they
 * write the same bytes, and files appear whole.
 * @returns which were made
 * @throws Error if the weights are missing, or other bytes came out than this release expects
 */
export function convertLocalModel(folder: string): Precision[] {
  const missing = (['fp32', 'int8'] as const).filter((precision) => !isThere(folder, precision));
  for (const precision of missing) {
    const bytes = buildUseLiteOnnx(readUseLiteWeights(), precision);
    if (sha256Hex(bytes) !== USE_LITE_SHA256[precision])
      throw new Error(
        `the ${precision} model has other bytes than src/models/drivers/local/use-lite.ts says`,
      );
    writeWhole(useLitePath(folder, precision), bytes);
  }
  return missing;
}

function isThere(folder: string, precision: Precision): boolean {
  try {
    readUseLiteFile(folder, precision);
    return true;
  } catch {
    return false;
  }
}

/** A reader sees the old file or the new one, never a part: rename replaces at once. */
function writeWhole(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, bytes, { flush: true });
  renameSync(temporary, path);
}

if (require.main === module) convertLocalModel(builtModelFolder());
