import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256Hex } from '../../../common/hash';
import { buildUseLiteOnnx, type Precision, USE_LITE_GRAPH_VERSION } from './use-lite-onnx';
import { readUseLiteWeights } from './use-lite-weights';

/** A model file and whether this call had to build it. */
export interface UseLiteModelFile {
  path: string;
  bytes: Uint8Array;
  built: boolean;
}

/**
 * Reads the ONNX file of the local model from the cache folder; builds it if it is missing or its SHA-256 is not
 * the one noted beside it. Safe for several threads and processes at once: whoever builds writes the same bytes,
 * and files appear whole. Synchronous (0.2 s, or 0.5 s with a build): for worker threads.
 * @throws Error of `node:fs` if the folder cannot be written, or if the weights cannot be read
 */
export function openUseLiteModelFile(cacheFolder: string, precision: Precision): UseLiteModelFile {
  const weights = readUseLiteWeights();
  const version = sha256Hex(`${weights.hash} ${USE_LITE_GRAPH_VERSION} ${precision}`).slice(0, 16);
  const path = join(cacheFolder, `use-lite-${version}.onnx`);
  const cached = readVerified(path);
  if (cached) return { path, bytes: cached, built: false };
  const bytes = buildUseLiteOnnx(weights, precision);
  writeWhole(path, bytes);
  writeWhole(digestPath(path), sha256Hex(bytes));
  return { path, bytes, built: true };
}

/** Path of the file that holds the SHA-256 of the model file at `path`. */
export function digestPath(path: string): string {
  return `${path}.sha256`;
}

function readVerified(path: string): Uint8Array | null {
  try {
    const bytes = readFileSync(path);
    return sha256Hex(bytes) === readFileSync(digestPath(path), 'utf8').trim() ? bytes : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** A reader sees the old file or the new one, never a part: rename replaces at once. */
function writeWhole(path: string, data: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  writeFileSync(temporary, data, { flush: true });
  renameSync(temporary, path);
}
