import type { Chunker } from './chunk';
import { chunkByDrift } from './drift-chunker';
import { chunkRecursively } from './recursive-chunker';
import { chunkBySentence } from './sentence-chunker';

/** Every chunker by the name that configuration and collections use. */
export const CHUNKERS = {
  drift: chunkByDrift,
  recursive: chunkRecursively,
  sentence: chunkBySentence,
} as const satisfies Record<string, Chunker>;

/** Name of a chunker in {@link CHUNKERS}. */
export type ChunkerName = keyof typeof CHUNKERS;
