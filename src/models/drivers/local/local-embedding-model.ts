import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { AppError } from '../../../common/app-error';
import { workerEntry } from '../../../common/worker-entry';
import type { EmbeddingModel } from '../../embedding-model';
import { checkEmbeddingInput } from '../embedding-input';
import type { EmbeddingTask, EmbeddingWorkerData } from './embedding.worker';
import { InteractiveFirstQueue, withUrgency } from './interactive-first-queue';
import { NativeCallGuard } from './native-call-guard';
import { builtModelFolder, type Precision, USE_LITE_DIMENSIONS, USE_LITE_MAX_PIECES } from './use-lite';
import countUseLiteTokens from './use-lite-token-count';

export interface LocalEmbeddingModelOptions {
  /** Folder of the ONNX files. Default: where `npm run build` puts them. */
  modelFolder?: string;
  /** Default `fp32`. */
  precision?: Precision;
  /** Worker threads, each with the model in its memory. Default: one per processor, at most 2. */
  threads?: number;
}

/** Calls of at most this many texts have a user waiting; larger ones are bulk work. */
const INTERACTIVE_TEXTS = 2;
/**
 * A task occupies a thread for about 25 ms: so long may a question wait behind bulk work, and so short that the
 * cost of handing over (0.1 ms) does not matter.
 */
const TASK_MAX_TEXTS = 8;
const TASK_MAX_CHARACTERS = 1000;
/** A call takes 10 ms, loading the model half a second. */
const EXIT_TIMEOUT_MS = 2000;

/**
 * The Universal Sentence Encoder lite (English, 512 dimensions) on ONNX Runtime, in worker threads: 2 ms per
 * question, 10 ms per paragraph, and the event loop stays free. Making one is cheap; the first text loads the
 * model, which takes half a second.
 */
export class LocalEmbeddingModel implements EmbeddingModel {
  readonly name: string;
  readonly dimensions = USE_LITE_DIMENSIONS;
  readonly maxInputTokens = USE_LITE_MAX_PIECES;
  readonly maxBatchSize = 256;
  readonly threads: number;
  private pool?: Piscina<EmbeddingTask, Float32Array>;
  private firstThread?: Promise<void>;
  private readonly guard = new NativeCallGuard();
  private readonly underWay = new Set<Promise<Float32Array>>();
  private closed = false;

  constructor(private readonly options: LocalEmbeddingModelOptions = {}) {
    this.name = options.precision === 'int8' ? 'use-lite-int8-v2' : 'use-lite';
    this.threads = options.threads ?? Math.min(2, availableParallelism());
  }

  /** Loads the model in every thread. @throws AppError `EMBEDDING_UNAVAILABLE` if that fails */
  async warmUp(): Promise<void> {
    await this.loadFirstThread();
    await Promise.all(Array.from({ length: this.threads }, () => this.runTask([], false)));
  }

  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    checkEmbeddingInput(texts, this.maxBatchSize);
    signal?.throwIfAborted();
    if (texts.length === 0) return [];
    await this.loadFirstThread();
    const interactive = texts.length <= INTERACTIVE_TEXTS;
    const vectors: Float32Array[] = [];
    const tasks = splitIntoTasks(texts);
    // As many tasks at a time as there are threads: more would only wait, ahead of other callers' tasks.
    const lane = async () => {
      for (let task = tasks.shift(); task; task = tasks.shift()) {
        signal?.throwIfAborted();
        const joined = await this.runTask(task.texts, interactive);
        task.texts.forEach((_, i) => (vectors[task.start + i] = vectorAt(joined, i)));
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(this.threads, tasks.length) }, lane));
    } finally {
      // After a failure the other lanes stop too.
      tasks.length = 0;
    }
    return vectors;
  }

  countTokens(text: string): number {
    return countUseLiteTokens(text);
  }

  /** @throws AppError `EMBEDDING_UNAVAILABLE` if it would fail: the error of a thread that loads it has no code */
  get tokenCounterModule(): string {
    countUseLiteTokens('a');
    return join(__dirname, 'use-lite-token-count');
  }

  async close(): Promise<void> {
    this.closed = true;
    this.guard.stop();
    await Promise.allSettled(this.underWay);
    await this.pool?.destroy();
    process.removeListener('exit', this.beforeExit);
  }

  /** One thread finds out whether the model can be loaded. */
  private loadFirstThread(): Promise<void> {
    this.firstThread ??= this.runTask([], true).then(
      () => undefined,
      (error: unknown) => {
        this.firstThread = undefined;
        throw error;
      },
    );
    return this.firstThread;
  }

  private async runTask(texts: readonly string[], interactive: boolean): Promise<Float32Array> {
    try {
      // A task whose thread died is given to another one, once: if it is what kills threads, it shall not kill all.
      return await this.runOnce(texts, interactive).catch(() => this.runOnce(texts, interactive));
    } catch (cause) {
      const message = this.closed
        ? 'The local embedding model has been closed.'
        : 'The local embedding model failed; the log holds the cause.';
      throw new AppError('EMBEDDING_UNAVAILABLE', message, { cause });
    }
  }

  private async runOnce(texts: readonly string[], interactive: boolean): Promise<Float32Array> {
    if (this.closed) throw new Error('closed');
    this.pool ??= this.startPool();
    const result = this.pool.run(withUrgency({ texts }, interactive));
    this.underWay.add(result);
    try {
      return await result;
    } finally {
      this.underWay.delete(result);
    }
  }

  /** `process.exit()` ends the threads wherever they are. */
  private readonly beforeExit = () => {
    this.guard.stop();
    this.guard.waitForCalls(EXIT_TIMEOUT_MS);
  };

  private startPool(): Piscina<EmbeddingTask, Float32Array> {
    const { modelFolder = builtModelFolder(), precision = 'fp32' } = this.options;
    const pool = new Piscina<EmbeddingTask, Float32Array>({
      ...workerEntry(join(__dirname, 'embedding.worker')),
      workerData: { modelFolder, precision, guard: this.guard.buffer } satisfies EmbeddingWorkerData,
      minThreads: this.threads,
      maxThreads: this.threads,
      taskQueue: new InteractiveFirstQueue(),
      stricterFIFO: true,
      recordTiming: false,
    });
    // An idle thread that dies harms no task, and the pool replaces it; without a listener it would end the process.
    pool.on('error', () => undefined);
    process.on('exit', this.beforeExit);
    return pool;
  }
}

interface TextGroup {
  /** Place of the first text in the batch. */
  start: number;
  texts: string[];
}

function splitIntoTasks(texts: readonly string[]): TextGroup[] {
  const groups: TextGroup[] = [];
  let characters = Infinity;
  texts.forEach((text, start) => {
    const group = groups.at(-1);
    characters += text.length;
    if (group && group.texts.length < TASK_MAX_TEXTS && characters <= TASK_MAX_CHARACTERS)
      group.texts.push(text);
    else {
      groups.push({ start, texts: [text] });
      characters = text.length;
    }
  });
  return groups;
}

/** A vector with memory of its own, so that keeping it does not keep its neighbours. */
function vectorAt(joined: Float32Array, index: number): Float32Array {
  const bytesPerVector = USE_LITE_DIMENSIONS * Float32Array.BYTES_PER_ELEMENT;
  const offset = joined.byteOffset + index * bytesPerVector;
  return new Float32Array(joined.buffer.slice(offset, offset + bytesPerVector) as ArrayBuffer);
}
