import { resolve } from 'node:path';
import { integer, text } from '../../../config/setting';

/** How the shipped embedding model runs. */
export const LOCAL_MODEL_SETTINGS = {
  /** Worker threads of the local embedding model. */
  threads: integer('EMBEDDING_THREADS', { default: 2, min: 1, max: 64 }),
  /** Folder of the local model’s ONNX files; not set: `models`, where `npm run build` puts them. */
  modelDir: text('EMBEDDING_MODEL_DIR', {}).as((folder) => (folder === null ? undefined : resolve(folder))),
};

/** The shipped models and the length of their vectors; the first is the default. */
export const LOCAL_EMBEDDINGS = { 'use-lite': 512, 'use-lite-int8-v2': 512 };
