import { createRequire } from 'node:module';
import type { MessagePort } from 'node:worker_threads';
import type { Boundary, Chunk, ChunkingOptions } from './chunk';
import { type ChunkerName, loadChunker } from './chunkers';
import { embedThrough } from './embedding-port';

/** The task of a chunker's thread. */
export interface ChunkTask {
  text: string;
  chunker: ChunkerName;
  options: Omit<ChunkingOptions, 'countTokens' | 'onBoundary'>;
  /** Module whose default export counts tokens. */
  tokenCounterModule: string;
  /** Whether to return the boundaries too. */
  explain: boolean;
  /** Answers with the vectors of windows. */
  embeddings: MessagePort;
}

/** The result of a {@link ChunkTask}. */
export interface ChunkOutcome {
  chunks: Chunk[];
  /** Empty unless requested, and for chunkers that do not weigh boundaries. */
  boundaries: Boundary[];
}

/** The entry of a chunker's thread. */
export default async function chunk(task: ChunkTask): Promise<ChunkOutcome> {
  const { text, tokenCounterModule, explain, embeddings } = task;
  const outcome: ChunkOutcome = { chunks: [], boundaries: [] };
  const { default: countTokens } = createRequire(__filename)(tokenCounterModule) as {
    default: ChunkingOptions['countTokens'];
  };
  const onBoundary = explain ? (boundary: Boundary) => void outcome.boundaries.push(boundary) : undefined;
  const options = { ...task.options, countTokens, onBoundary };
  try {
    const chunker = loadChunker(task.chunker);
    for await (const made of chunker(text, options, embedThrough(embeddings))) outcome.chunks.push(made);
  } finally {
    embeddings.close();
  }
  return outcome;
}
