import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CHUNKER_NAMES, type ChunkerName } from '../src/chunking/chunkers';
import { ChunkingService } from '../src/chunking/chunking.service';
import type { ChunkingSettings } from '../src/chunking/chunking-settings';
import { AppConfig } from '../src/config/app-config';
import { checkedDocument } from '../src/ingestion/document-check';
import { parseDocument } from '../src/ingestion/parsers/parse-document';
import { embeddingModelOf } from '../src/models/embedding-models';
import { drawChunks } from './chunk-drawing';

const USAGE = `npm run chunks -- FILE [--chunker ${CHUNKER_NAMES.join('|')}] [--max-tokens N] [--min-tokens N] [--overlap N]
                      [--drift-threshold X]

Draws how a file would be chunked, with the drift between its windows. Defaults are the service's
environment variables.`;

/** `npm run chunks -- FILE` */
async function main(args: string[]): Promise<void> {
  const { file, settings } = argumentsOf(args);
  const { raw, mimeType } = checkedDocument(readFileSync(file), {
    field: file,
    maxBytes: Infinity,
    name: file,
  });
  const { text } = await parseDocument(raw, mimeType);
  const config = AppConfig.parse(process.env);
  const model = embeddingModelOf(config);
  const chunking = new ChunkingService(config);
  try {
    const embed = async (texts: readonly string[]) => {
      const vectors: Float32Array[] = [];
      for (let i = 0; i < texts.length; i += model.maxBatchSize)
        vectors.push(...(await model.embed(texts.slice(i, i + model.maxBatchSize))));
      return vectors;
    };
    const cut = await chunking.chunk(text, settings, model, embed, { explain: true });
    const { chunker, maxTokens } = chunking.settingsOf(settings);
    const mean = cut.chunks.reduce((sum, { tokenCount }) => sum + tokenCount, 0) / cut.chunks.length;
    const summary = `${cut.chunks.length} chunks, ${Math.round(mean)} tokens on average, at most ${maxTokens} (${chunker})`;
    process.stdout.write(`${summary}\n${drawChunks({ text, ...cut }, process.stdout.columns ?? 120)}`);
  } finally {
    await chunking.onApplicationShutdown();
    await model.close();
  }
}

/** @throws Error with the usage */
function argumentsOf(args: string[]): { file: string; settings: ChunkingSettings } {
  const number = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      chunker: { type: 'string' },
      'max-tokens': number,
      'min-tokens': number,
      overlap: number,
      'drift-threshold': number,
    },
  });
  const chunker = CHUNKER_NAMES.find((name: ChunkerName) => name === values.chunker);
  const asNumber = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  const sizes = {
    maxTokens: asNumber(values['max-tokens']),
    minTokens: asNumber(values['min-tokens']),
    overlapTokens: asNumber(values.overlap),
    driftThreshold: asNumber(values['drift-threshold']),
  };
  const wrong = Object.values(sizes).some((value) => value !== undefined && !(value >= 0));
  const tooSmall = sizes.maxTokens !== undefined && sizes.maxTokens < 16;
  if (positionals.length !== 1 || (values.chunker !== undefined && !chunker) || wrong || tooSmall)
    throw new Error(USAGE);
  return { file: positionals[0], settings: { chunker, ...sizes } };
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
