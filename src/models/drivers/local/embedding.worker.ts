import { workerData } from 'node:worker_threads';
import type { InferenceSession } from 'onnxruntime-node';
import { NativeCallGuard } from './native-call-guard';
import {
  type Precision,
  readUseLiteFile,
  USE_LITE_DIMENSIONS,
  USE_LITE_INPUT,
  USE_LITE_MAX_PIECES,
  USE_LITE_OUTPUT,
} from './use-lite';
import { foldWhiteSpace, loadUseLiteTokenizer } from './use-lite-tokenizer';

/** What a thread is started with. */
export interface EmbeddingWorkerData {
  modelFolder: string;
  /** Buffer of the {@link NativeCallGuard}. */
  guard: SharedArrayBuffer;
  precision: Precision;
}

/** One piece of work; no texts at all means: be ready. */
export interface EmbeddingTask {
  texts: readonly string[];
}

type EmbedText = (text: string) => Promise<Float32Array>;

/**
 * Characters of a text that are looked at: far more than 128 pieces, unless the text is in a script that the model
 * does not know. Keeps a text of megabytes from holding up the thread.
 */
const MAX_CHARACTERS = 8192;

let loading: Promise<EmbedText> | undefined;

/**
 * Entry of the worker thread: embeds the texts one after the other.
 * @returns their vectors behind one another, 512 numbers each
 */
export default async function embedTexts({ texts }: EmbeddingTask): Promise<Float32Array> {
  const embed = await loadOnce();
  const vectors = new Float32Array(texts.length * USE_LITE_DIMENSIONS);
  for (const [i, text] of texts.entries()) vectors.set(await embed(text), i * USE_LITE_DIMENSIONS);
  return vectors;
}

function loadOnce(): Promise<EmbedText> {
  loading ??= load(workerData as EmbeddingWorkerData).catch((error: unknown) => {
    // The next task tries again: the file may be there by then.
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load({ modelFolder, precision, guard: buffer }: EmbeddingWorkerData): Promise<EmbedText> {
  // Imported late, so that a missing native library fails tasks, with its message, and not the thread.
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const bytes = readUseLiteFile(modelFolder, precision);
  const options: InferenceSession.SessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const guard = new NativeCallGuard(buffer);
  const session = await guard.run(() => InferenceSession.create(bytes, options));
  const tokenizer = loadUseLiteTokenizer();
  return async (text) => {
    const pieces = tokenizer.encode(foldWhiteSpace(text.slice(0, MAX_CHARACTERS)), USE_LITE_MAX_PIECES);
    const input = new Tensor('int64', BigInt64Array.from(pieces.map(BigInt)), [pieces.length]);
    const outputs = await guard.run(() => session.run({ [USE_LITE_INPUT]: input }));
    return outputs[USE_LITE_OUTPUT].data as Float32Array;
  };
}
