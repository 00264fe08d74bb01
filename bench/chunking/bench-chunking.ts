import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CHUNKER_NAMES, type ChunkerName, loadChunker } from '../../src/chunking/chunkers';
import { settingsWithDefaults, windowMaxTokens } from '../../src/chunking/chunking-settings';
import { l2Normalise } from '../../src/common/vector';
import { AppConfig } from '../../src/config/app-config';
import { embeddingModelOf } from '../../src/models/embedding-models';
import { rounded } from '../measure';
import { seededRandom } from '../../test/support/seeded-random';
import { measureEventLoop } from './event-loop';
import { syntheticText } from './synthetic-text';

/** Result of `npm run bench -- chunking --json`, one per size. */
export interface ChunkingBench {
  chunker: ChunkerName;
  /** Megabytes (10⁶) of text in UTF-8. */
  megabytes: number;
  chunks: number;
  seconds: number;
  mbPerSecond: number;
  /** By CPU time, which is independent of other processes; includes the garbage collector's threads. */
  mbPerCpuSecond: number;
  /** Maximum memory beyond the text and the tokenizer, at ten moments of a second pass. */
  heldMemoryMb: number;
}

const SIZES_MB = [1, 10, 100];
const MB = 1_000_000;
const MEMORY_SAMPLES = 10;
const EVENT_LOOP_MB = 5;
/** Warm-up runs, so that small texts are not measured while the code is being compiled. */
const WARM_UPS = 3;

/**
 * `npm run bench -- chunking`: chunks text without embedding it, each size in a separate process. With `--event-loop`, measures
 * how long chunking in threads blocks the event loop. The text is synthetic, or the `.md` files of a folder, repeated.
 */
export async function benchChunking(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean' },
      chunker: { type: 'string' },
      mb: { type: 'string' },
      data: { type: 'string' },
      'event-loop': { type: 'boolean' },
    },
  });
  const { data, mb, json = false } = values;
  const chunker = CHUNKER_NAMES.find((name) => name === (values.chunker ?? 'drift'));
  if (!chunker) throw new Error(`--chunker ${CHUNKER_NAMES.join(' | ')}`);
  if (values['event-loop']) {
    const { config, model, vectors } = surroundings();
    const result = await measureEventLoop(textOf(EVENT_LOOP_MB * MB, data), config, model, vectors);
    return void process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  if (mb !== undefined) return print([await measure(chunker, Number(mb), data)], json);
  const results = SIZES_MB.map((size) => {
    process.stderr.write(`${size} MB\n`);
    const rest = ['--json', '--chunker', chunker, '--mb', String(size), ...(data ? ['--data', data] : [])];
    const command = [...process.execArgv, process.argv[1], 'chunking', ...rest];
    return (JSON.parse(execFileSync(process.execPath, command, { encoding: 'utf8' })) as ChunkingBench[])[0];
  });
  print(results, json);
}

async function measure(name: ChunkerName, megabytes: number, folder?: string): Promise<ChunkingBench> {
  const { config, model, vectors } = surroundings();
  const options = {
    ...settingsWithDefaults({}, config.chunking),
    windowMaxTokens: windowMaxTokens(model.maxInputTokens),
    countTokens: (text: string) => model.countTokens(text),
  };
  const chunker = loadChunker(name);
  const chunksOf = (text: string) =>
    chunker(text, options, async (windows) => windows.map((_, i) => vectors[i % vectors.length]));
  const text = textOf(megabytes * MB, folder);
  for (let i = 0; i < WARM_UPS; i++) await countChunks(chunksOf(text.slice(0, MB)));

  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  const chunks = await countChunks(chunksOf(text));
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const size = Buffer.byteLength(text) / MB;
  const heldBefore = heldMemory();
  let held = heldBefore;
  await countChunks(chunksOf(text), Math.floor(chunks / MEMORY_SAMPLES), () => {
    held = Math.max(held, heldMemory());
  });
  return {
    chunker: name,
    megabytes: rounded(size, 1),
    chunks,
    seconds: rounded(seconds, 2),
    mbPerSecond: rounded(size / seconds, 2),
    mbPerCpuSecond: rounded(size / ((user + system) / 1e6), 2),
    heldMemoryMb: rounded((held - heldBefore) / MB, 1),
  };
}

/** The configured chunking service, with fake embeddings. */
function surroundings() {
  const config = AppConfig.parse({});
  const model = embeddingModelOf(config);
  const random = seededRandom(1);
  const vectors = Array.from({ length: 64 }, () =>
    l2Normalise(Array.from({ length: model.dimensions }, () => random() - 0.5)),
  );
  return { config, model, vectors };
}

async function countChunks(
  chunks: AsyncIterable<unknown>,
  every = Infinity,
  look?: () => void,
): Promise<number> {
  const iterator = chunks[Symbol.asyncIterator]();
  let count = 0;
  while (!(await iterator.next()).done) if (++count % every === 0) look?.();
  return count;
}

/** Bytes in use after a garbage collection. */
function heldMemory(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function textOf(length: number, folder?: string): string {
  if (folder === undefined) return syntheticText(length);
  const files = readdirSync(folder).filter((name) => name.endsWith('.md'));
  const once = `${files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n\n')}\n\n`;
  // Through a buffer, so that the text is one flat string.
  return Buffer.from(once.repeat(Math.ceil(length / once.length)).slice(0, length)).toString();
}

function print(results: readonly ChunkingBench[], json: boolean): void {
  if (json) return void process.stdout.write(`${JSON.stringify(results)}\n`);
  const lines = results.map(
    ({ megabytes, chunks, seconds, mbPerSecond, mbPerCpuSecond, heldMemoryMb }) =>
      `${megabytes} MB: ${chunks} chunks in ${seconds} s, ${mbPerSecond} MB/s, ${mbPerCpuSecond} MB per CPU second, ` +
      `${heldMemoryMb} MB held`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}
