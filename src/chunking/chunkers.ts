import { createRequire } from 'node:module';
import type { Chunker } from './chunk';

/** Every chunker by the name that collections, previews and evaluations use. */
export const CHUNKER_NAMES = ['drift', 'recursive', 'sentence'] as const;

export type ChunkerName = (typeof CHUNKER_NAMES)[number];

const load = createRequire(__filename);

/** Loaded when asked for: the libraries behind some take a tenth of a second and 25 MB per thread. */
const CHUNKERS: Record<ChunkerName, () => Chunker> = {
  drift: () => (load('./drift-chunker') as typeof import('./drift-chunker')).chunkByDrift,
  recursive: () => (load('./recursive-chunker') as typeof import('./recursive-chunker')).chunkRecursively,
  sentence: () => (load('./sentence-chunker') as typeof import('./sentence-chunker')).chunkBySentence,
};

/** The chunker of a name. */
export function loadChunker(name: ChunkerName): Chunker {
  return CHUNKERS[name]();
}
