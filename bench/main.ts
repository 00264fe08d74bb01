import { benchCache } from './cache/bench-cache';
import { benchChunking } from './chunking/bench-chunking';
import { benchEmbedded } from './embedded/bench-embedded';
import { benchEmbeddingCache } from './embedding-cache/bench-embedding-cache';
import { benchIngest } from './ingest/bench-ingest';
import { benchFootprint } from './footprint/bench-footprint';
import { benchLoad } from './load/bench-load';
import { benchRetrieval } from './retrieval/bench-retrieval';

/** What can be measured: `npm run bench -- NAME [--json] …`. Each prints progress to stderr and its result to stdout. */
const BENCHES: Record<string, (argv: readonly string[]) => Promise<void>> = {
  cache: benchCache,
  chunking: benchChunking,
  embedded: benchEmbedded,
  'embedding-cache': benchEmbeddingCache,
  ingest: benchIngest,
  footprint: benchFootprint,
  load: benchLoad,
  retrieval: benchRetrieval,
};

async function main([name = '', ...argv]: string[]): Promise<void> {
  const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (!bench) throw new Error(`usage: npm run bench -- ${Object.keys(BENCHES).join(' | ')} [--json] …`);
  await bench(argv);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
