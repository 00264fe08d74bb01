import { benchCache } from './cache/bench-cache';
import { benchChunking } from './chunking/bench-chunking';
import { benchEmbedded } from './embedded/bench-embedded';
import { benchEmbeddingCache } from './embedding-cache/bench-embedding-cache';
import { benchIngest } from './ingest/bench-ingest';
import { benchFootprint } from './footprint/bench-footprint';
import { benchLoad } from './load/bench-load';
import { benchRetrieval } from './retrieval/bench-retrieval';

interface Benchmark {
  run(argv: readonly string[]): Promise<void>;
  options: string;
  purpose: string;
}

/** Measurements: `npm run bench -- NAME [--json] …`. Progress goes to stderr, the result to stdout. */
const BENCHMARKS: Record<string, Benchmark> = {
  cache: {
    run: benchCache,
    options: '[--rate 450] [--seconds 8] [--entries 2000] [--log-level info] [--json]',
    purpose: 'Latency, CPU time and memory of cached answers through the built service. Two minutes.',
  },
  chunking: {
    run: benchChunking,
    options: '[--chunker drift] [--mb N | --event-loop] [--data DIR] [--json]',
    purpose: 'Speed and memory of chunking without embedding, on synthetic text or the .md files of DIR.',
  },
  embedded: {
    run: benchEmbedded,
    options: '[--data DIR] [--documents N] [--json]',
    purpose:
      'Ingestion, search and semantic hits in embedded mode, on README files of node_modules or the text files of DIR.',
  },
  'embedding-cache': {
    run: benchEmbeddingCache,
    options: '[--texts 1000] [--data DIR] [--json]',
    purpose: 'What the embedding cache saves with the local model and a private Redis.',
  },
  ingest: {
    run: benchIngest,
    options: '[--documents 2000] [--bytes 3000] [--upload 100000] [--json]',
    purpose: 'Ingestion compared with COPY of the same rows; memory of a long upload.',
  },
  footprint: {
    run: benchFootprint,
    options: '[--rows 2000] [--json]',
    purpose: 'Bytes per vector in Postgres and Redis, memory of processes.',
  },
  load: {
    run: benchLoad,
    options: '--data DIR [--sets xquad,scifact] [--rate 450] [--minutes 5] [--seed 1] [--plots DIR] [--json]',
    purpose: 'Latency of the built service at a constant arrival rate; highest rate, spike, memory.',
  },
  retrieval: {
    run: benchRetrieval,
    options: '[--chunks 100000] [--queries 100] [--seconds 5] [--ef-construction N] [--json]',
    purpose: 'Recall and latency of vector search by the selectivity of a filter.',
  },
};

function usage(name?: string): string {
  const names = name === undefined ? Object.keys(BENCHMARKS) : [name];
  return names
    .map((each) => `npm run bench -- ${each} ${BENCHMARKS[each].options}\n    ${BENCHMARKS[each].purpose}\n`)
    .join('');
}

async function main([name = '', ...argv]: string[]): Promise<void> {
  const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  if (name === '--help' || (benchmark && argv.includes('--help'))) {
    process.stdout.write(usage(benchmark && name));
    return;
  }
  if (!benchmark) throw new Error(`unknown benchmark "${name}"\n\n${usage()}`);
  await benchmark.run(argv);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
